//! What the admin path can have the server do.

use core::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::state;
use crate::http::shared::{FARTHEST, Shared};
use crate::model::{Access, ApiServer, End, LAST_VERSION, MOST_REPLICAS, Pace};

/// What can be done; each with its name, in camel case, behind `/-/`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(super) enum Action {
    /// Forgets what was before a version, or before now.
    Expire { before: Option<u64> },
    /// Ends all open watches.
    Disconnect { end: Option<End> },
    /// Sends bookmarks.
    Bookmarks {},
    /// Crashes and comes back, so many revisions later.
    Restart {
        #[serde(default)]
        gap: u64,
    },
    /// Goes back to a version.
    Restore { resource_version: u64 },
    /// Goes back to a version while the servers go on.
    RestoreBehind { resource_version: u64 },
    /// Lets revisions pass.
    Skip { revisions: u64 },
    /// Has a replica's caches hear nothing, or hear it all again.
    Lag { replica: usize, lagging: bool },
    /// Has the cache of a resource refuse for so many milliseconds.
    Unready { resource: String, lasts: u64 },
    /// Ends watches, opened from now on, on which more than so many events wait.
    Backlog { limit: Option<usize> },
    /// Says who may ask, from now on.
    Access(Access),
    /// Says how fast the controllers are, from now on; what isn't named stays as it is.
    Controllers { namespaces: Option<Pace>, garbage: Option<Pace>, collect_unknown: Option<bool> },
    /// Makes one pass over the namespaces that are to go.
    EndNamespaces {},
    /// Makes one pass of the garbage collector.
    CollectGarbage {},
    /// Puts the clock forward by so many milliseconds.
    Advance { by: u64 },
    /// Sends GOAWAY on every HTTP/2 connection, and closes idle ones.
    GoAway {},
}

/// Does what is behind `/-/`, and says how things are then.
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
        serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?
    };
    serde_path_to_error::deserialize(json!({ name: fields })).map_err(|error| error.to_string())
}

impl Action {
    /// Whether it can be done.
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
                format!("resource: there is no {resource:?} with a cache; they are called as pods or deployments.apps")
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
            // Those two concern the clock and the connections, not the model.
            Self::Advance { .. } | Self::GoAway {} => {}
        }
    }
}

/// What is wrong with a version that isn't from `oldest` to now.
fn beyond(field: &str, version: u64, oldest: u64, server: &ApiServer) -> Option<String> {
    let newest = server.resource_version();
    (!(oldest..=newest).contains(&version))
        .then(|| format!("{field}: {version} is not {oldest} to {newest}, the newest version"))
}
