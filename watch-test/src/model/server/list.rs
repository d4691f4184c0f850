//! LIST: its source and its pages.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use watch_core::ResourceVersion;
use watch_core::wire::{ListMeta, ListStyle, Status, write_list};

use super::collection::Collection;
use crate::model::cluster::ClusterState;
use crate::model::encode::indent::indent;
use crate::model::endpoints::continue_token::ContinueToken;
use crate::model::endpoints::list_options::{EXACT, NOT_OLDER_THAN, parse_version};
use crate::model::endpoints::reply::Reply;
use crate::model::rendering::representation::Representation;
use crate::model::rendering::table::Frame;
use crate::model::storage::object::{Key, Version};
use crate::model::storage::store::Store;
use crate::model::validation::errors::bad_request;

/// The source of a list.
enum Snapshot {
    /// The store as of that revision.
    At(u64),
    /// The cache at its present version.
    Cached,
    /// The cache, once it has reached this version.
    NotOlderThan(u64),
}

/// The result of a list.
pub(crate) enum Listed {
    Reply(Reply),
    /// The cache hasn't reached the version yet.
    WaitFor(u64),
}

/// The objects of a collection that a list shows.
pub(crate) struct Cut {
    pub(crate) revision: u64,
    /// The first key of a further page.
    first: Option<String>,
    pub(crate) limit: Option<usize>,
}

/// The contents of a list.
pub(crate) enum Located {
    At(Cut),
    /// The cache hasn't reached the version yet.
    WaitFor(u64),
}

impl Collection {
    /// Answers a LIST.
    pub(super) fn list(&self, cluster: &mut ClusterState, now: Duration) -> Result<Listed, Status> {
        Ok(match self.locate(cluster)? {
            Located::At(cut) => Listed::Reply(self.write_page(cluster, now, &cut)),
            Located::WaitFor(version) => Listed::WaitFor(version),
        })
    }

    /// Returns the revision and the first key that the list is read from.
    pub(super) fn locate(&self, cluster: &mut ClusterState) -> Result<Located, Status> {
        let options = &self.options;
        let limit = options.limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0);
        let limit = limit.filter(|_| !self.faults.ignores_limit);
        // A single object is read by GET, not by LIST.
        let limit = limit.filter(|_| !self.selection.is_one(&self.resource));
        let version = parse_version(options.resource_version.as_deref())
            .map_err(|error| bad_request(format!("invalid resource version: {error}")))?;
        let token = options.continue_token.as_deref().map(ContinueToken::decode).transpose()?;
        let matching = options.resource_version_match.as_deref();
        let snapshot = match (&token, options.resource_version.as_deref(), matching) {
            (Some(_), Some(version), _) if version != "0" => {
                return Err(bad_request("specifying resource version is not allowed when using continue"));
            }
            (Some(token), ..) => Snapshot::At(token.revision.unwrap_or_else(|| self.view(cluster).revision())),
            (None, None, _) => Snapshot::At(self.view(cluster).revision()),
            (None, Some("0"), _) => Snapshot::Cached,
            (None, Some(_), Some(NOT_OLDER_THAN)) => Snapshot::NotOlderThan(version),
            // Without `resourceVersionMatch`, a list with a limit is an exact snapshot (KEP-1929).
            (None, Some(_), None) if limit.is_none() => Snapshot::NotOlderThan(version),
            (None, Some(_), None | Some(EXACT | _)) => Snapshot::At(version),
        };
        cluster.progress(self.replica);
        let cached = self.cached_version(cluster);
        let (revision, limit) = match snapshot {
            // A limit is ignored if any state is good enough (`computeListLimit`).
            Snapshot::Cached => (cached, None),
            Snapshot::NotOlderThan(version) if version > cached && self.faults.answers_future => {
                (self.view(cluster).revision(), limit)
            }
            Snapshot::NotOlderThan(version) if version > cached => return Ok(Located::WaitFor(version)),
            Snapshot::NotOlderThan(_) => (cached, limit),
            Snapshot::At(revision) if revision > self.view(cluster).revision() => {
                return Ok(Located::WaitFor(revision));
            }
            Snapshot::At(revision) if revision < self.view(cluster).compacted() => {
                return Err(match token {
                    Some(token) => expired_token(&token),
                    None => Status::new(410, "Expired", "The resourceVersion for the provided list is too old."),
                });
            }
            Snapshot::At(revision) => (revision, limit),
        };
        let first = token.map(|token| token.first_key(&self.selection.prefix));
        Ok(Located::At(Cut { revision, first, limit }))
    }

    /// The objects of a page by key, and how many are left.
    pub(super) fn page<'a>(&self, cluster: &'a ClusterState, cut: &Cut) -> (Vec<(&'a Key, &'a Arc<Version>)>, usize) {
        let selection = &self.selection;
        let view = self.view(cluster);
        let stored_in = self.resource.stored_in();
        let mut objects = view.at(&stored_in, &selection.prefix, cut.first.as_deref(), cut.revision);
        let mut page = Vec::new();
        while cut.limit.is_none_or(|limit| page.len() < limit)
            && let Some((key, object)) = objects.next()
        {
            if selection.matches(object) {
                page.push((key, object));
            }
        }
        let remaining = if cut.limit.is_some() { objects.count() } else { 0 };
        (page, remaining)
    }

    pub(super) fn write_page(&self, cluster: &ClusterState, now: Duration, cut: &Cut) -> Reply {
        let (selection, revision) = (&self.selection, cut.revision);
        let (page, remaining) = self.page(cluster, cut);
        let last = page.last().filter(|_| remaining > 0);
        let token = last.map(|(key, _)| ContinueToken::after(key.as_str(), &selection.prefix, revision).encode());
        // With selectors, the number of remaining matches is unknown (`PrepareContinueToken`).
        let remaining = (token.is_some() && selection.is_everything()).then_some(remaining as i64);
        let objects: Vec<Arc<Version>> = page.into_iter().map(|(_, object)| object.shown_as(&self.resource)).collect();
        let meta = list_meta(revision, token, remaining);
        let mut body = self.write(cluster.clock(now), &meta, &objects);
        if self.negotiated.pretty {
            body = indent(&body);
        }
        let mut reply = Reply::json(StatusCode::OK, body);
        if self.negotiated.gzip {
            reply.compress();
        }
        reply
    }

    /// Returns the store that the list is read from.
    pub(super) fn view<'a>(&self, cluster: &'a ClusterState) -> &'a Store {
        cluster.view(self.replica, &self.resource)
    }

    /// Returns the version of the cache that answers the list.
    pub(super) fn cached_version(&self, cluster: &ClusterState) -> u64 {
        cluster.cached_version(self.replica, &self.resource)
    }

    fn write(&self, clock: Duration, meta: &ListMeta, objects: &[Arc<Version>]) -> Vec<u8> {
        let resource = &self.resource;
        let mut body = Vec::new();
        match self.negotiated.representation {
            Representation::Full => {
                let style = if resource.custom { ListStyle::Custom } else { ListStyle::BuiltIn };
                let items = objects.iter().map(|object| object.item().as_ref());
                write_list(&mut body, style, &resource.list_type(), meta, items);
            }
            Representation::Metadata => {
                let items: Vec<Bytes> =
                    objects.iter().map(|object| Representation::Metadata.object(object, clock).into()).collect();
                let list_type = watch_core::wire::TypeMeta::new("meta.k8s.io/v1", "PartialObjectMetadataList");
                write_list(&mut body, ListStyle::BuiltIn, &list_type, meta, items.iter().map(AsRef::as_ref));
            }
            Representation::Table(include) => {
                let mut metadata = json!({ "resourceVersion": meta.resource_version.text() });
                if let Some(token) = &meta.continue_token {
                    metadata["continue"] = token.as_ref().into();
                }
                if let Some(remaining) = meta.remaining_item_count {
                    metadata["remainingItemCount"] = remaining.into();
                }
                let objects: Vec<&Value> = objects.iter().map(|object| &object.value).collect();
                body = Frame { resource, now: clock, has_columns: true, include }.list(metadata, &objects);
                body.push(b'\n');
            }
        }
        body
    }
}

fn list_meta(revision: u64, token: Option<String>, remaining: Option<i64>) -> ListMeta {
    let version = ResourceVersion::new(&revision.to_string());
    let mut meta = ListMeta::new(version.unwrap_or_else(|_| unreachable!("revisions begin at 1")));
    meta.continue_token = token.map(Into::into);
    meta.remaining_item_count = remaining;
    meta
}

/// `handleCompactedErrorForPaging` of apiserver/pkg/storage/etcd3.
fn expired_token(token: &ContinueToken) -> Status {
    let mut status = Status::new(
        410,
        "Expired",
        "The provided continue parameter is too old to display a consistent list result. You can start a new list \
         without the continue parameter, or use the continue token in this response to retrieve the remainder of the \
         results. Continuing with the provided token results in an inconsistent list - objects that were created, \
         modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    );
    status.continue_token = Some(token.inconsistent().encode().into());
    status
}
