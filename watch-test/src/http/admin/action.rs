//! The actions of the admin path.

use core::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::state;
use crate::http::shared::{FARTHEST, Shared};
use crate::model::{Access, ApiServer, End, LAST_VERSION, MOST_REPLICAS, Pace};

/// The actions; the path of each is its name in camel case, after `/-/`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(super) enum Action {
    /// Compacts everything before a version, or before now.
    Expire { before: Option<u64> },
    /// Ends all open watches.
    Disconnect { end: Option<End> },
    /// Sends bookmarks.
    Bookmarks {},
    /// Crashes and restarts, with this number of revisions written in between.
    Restart {
        #[serde(default)]
        gap: u64,
    },
    /// Restores the store to a version, and restarts.
    Restore { resource_version: u64 },
    /// Restores the store to a version, without a restart.
    RestoreBehind { resource_version: u64 },
    /// Raises the revision.
    Skip { revisions: u64 },
    /// Stops the updates of a replica's caches, or resumes them.
    Lag { replica: usize, lagging: bool },
    /// Makes the cache of a resource refuse reads for this number of milliseconds.
    Unready { resource: String, lasts: u64 },
    /// Ends watches, opened from now on, that have more than this number of events queued.
    Backlog { limit: Option<usize> },
    /// Sets who may send requests, from now on.
    Access(Access),
    /// Sets the pace of the controllers, from now on; fields that aren't given don't change.
    Controllers { namespaces: Option<Pace>, garbage: Option<Pace>, collect_unknown: Option<bool> },
    /// Makes one pass of the namespace controller.
    EndNamespaces {},
    /// Makes one pass of the garbage collector.
    CollectGarbage {},
    /// Advances the clock by this number of milliseconds.
    Advance { by: u64 },
    /// Sends GOAWAY on every HTTP/2 connection, and closes idle connections.
    GoAway {},
}

/// Executes the action of a path, and returns the state after it.
pub(super) fn act(shared: &Shared, name: &str, body: &[u8]) -> Result<Value, String> {
    let action = read(name, body)?;
    shared.with(|server, now| {
        action.check(server, now)?;
        action.act(server, now);
        Ok::<(), String>(())
    })?;
    match action {
        Action::Advance { by } => shared.advance(Duration::from_millis(by)),
        Action::GoAway {} => shared.go_away(),
        _ => {}
    }
    Ok(state(shared))
}

pub(super) fn read(name: &str, body: &[u8]) -> Result<Action, String> {
    let fields: Value = if body.is_empty() {
        json!({})
    } else {
        serde_json::from_slice(body).map_err(|error| format!("the body isn't JSON: {error}"))?
    };
    serde_path_to_error::deserialize(json!({ name: fields })).map_err(|error| error.to_string())
}

impl Action {
    /// Checks that the action can be executed.
    fn check(&self, server: &ApiServer, now: Duration) -> Result<(), String> {
        let wrong = match self {
            Self::Restart { gap: revisions } | Self::Skip { revisions } => {
                let field = if matches!(self, Self::Skip { .. }) { "revisions" } else { "gap" };
                let most = LAST_VERSION.saturating_sub(server.resource_version());
                (*revisions > most).then(|| format!("{field}: {revisions} is not 0 to {most}, where versions end"))
            }
            Self::Expire { before: Some(version) } => beyond("before", *version, 0, server),
            Self::Restore { resource_version } | Self::RestoreBehind { resource_version } => {
                beyond("resourceVersion", *resource_version, server.oldest_version(), server)
            }
            Self::Lag { replica, .. } => {
                (*replica >= MOST_REPLICAS).then(|| format!("replica: {replica} is not 0 to {}", MOST_REPLICAS - 1))
            }
            Self::Unready { resource, .. } => (!server.caches(resource)).then(|| {
                format!(
                    "resource: there is no cached resource {resource:?}; use a name such as pods or deployments.apps"
                )
            }),
            Self::Advance { by } => {
                let most = FARTHEST.saturating_sub(now).as_millis();
                (u128::from(*by) > most).then(|| format!("by: {by} is not 0 to {most}, where the clock ends"))
            }
            _ => None,
        };
        wrong.map_or(Ok(()), Err)
    }

    fn act(&self, server: &mut ApiServer, now: Duration) {
        match self {
            Self::Expire { before: Some(version) } => server.expire_before(*version),
            Self::Expire { before: None } => server.expire(),
            Self::Disconnect { end: Some(End::Complete) } => server.end_watches(),
            Self::Disconnect { end: Some(End::Reset) } => server.reset(),
            Self::Disconnect { end: Some(End::Cut) | None } => server.disconnect(),
            Self::Bookmarks {} => server.send_bookmarks(),
            Self::Restart { gap } => server.restart(*gap),
            Self::Restore { resource_version } => server.restore(*resource_version),
            Self::RestoreBehind { resource_version } => server.restore_behind(*resource_version),
            Self::Skip { revisions } => server.skip_revisions(*revisions),
            Self::Lag { replica, lagging } => server.set_lagging(now, *replica, *lagging),
            Self::Unready { resource, lasts } => server.set_unready_for(now, resource, Duration::from_millis(*lasts)),
            Self::Backlog { limit } => server.set_backlog_limit(*limit),
            Self::Access(access) => server.set_access(access.clone()),
            Self::Controllers { namespaces, garbage, collect_unknown } => {
                let mut controllers = server.controllers();
                controllers.namespaces = namespaces.unwrap_or(controllers.namespaces);
                controllers.garbage = garbage.unwrap_or(controllers.garbage);
                controllers.collect_unknown = collect_unknown.unwrap_or(controllers.collect_unknown);
                server.set_controllers(now, controllers);
            }
            Self::EndNamespaces {} => drop(server.end_namespaces(now)),
            Self::CollectGarbage {} => drop(server.collect_garbage(now)),
            // These two concern the clock and the connections, not the model.
            Self::Advance { .. } | Self::GoAway {} => {}
        }
    }
}

/// Returns the error for a version that isn't between `oldest` and the newest one.
fn beyond(field: &str, version: u64, oldest: u64, server: &ApiServer) -> Option<String> {
    let newest = server.resource_version();
    (!(oldest..=newest).contains(&version))
        .then(|| format!("{field}: {version} is not {oldest} to {newest}, the newest version"))
}
