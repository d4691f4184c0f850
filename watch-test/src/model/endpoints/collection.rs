//! A LIST or WATCH, understood and found valid.

use std::sync::Arc;

use http::HeaderMap;
use watch_core::wire::{ListOptions, Status};

use super::list_options::{WatchList, set_defaults, validate};
use super::negotiate::{Negotiated, Shape, negotiate};
use super::reply::{Reply, bad_request};
use super::route::Target;
use crate::model::selector::selection::Selection;
use crate::model::server::active_faults::Befalls;
use crate::model::storage::resource::Resource;

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Collection {
    pub(crate) resource: Arc<Resource>,
    pub(crate) selection: Selection,
    pub(crate) options: ListOptions,
    pub(crate) is_watch: bool,
    pub(crate) negotiated: Negotiated,
    pub(crate) pretty_errors: bool,
    /// Which server's cache answers, and what else is to happen.
    pub(crate) replica: usize,
    pub(crate) befalls: Befalls,
}

impl Collection {
    /// Reads the request in the order in which `ListResource` of endpoints/handlers/get.go does.
    pub(crate) fn read(
        target: &Target,
        query: &str,
        headers: &HeaderMap,
        watch_list: WatchList,
        pretty_errors: bool,
        befalls: &Befalls,
    ) -> Result<Self, Reply> {
        let refuse = |status: Status| Reply::status(&status, pretty_errors);
        let options = ListOptions::from_query(query).map_err(|error| refuse(bad_request(error.to_string())));
        let is_watch = target.is_watch_path || options.as_ref().is_ok_and(|options| options.watch);
        let shape = if is_watch { Shape::Watch } else { Shape::List };
        let negotiated = negotiate(headers, query, shape, &target.resource)?;
        let mut options = options?;
        let watch_list = if befalls.ignores_send_initial_events { WatchList::Unknown } else { watch_list };
        set_defaults(&mut options, watch_list);
        let selection =
            || Selection::new(&target.resource, target.namespace.as_deref(), target.name.as_deref(), &options);
        validate(&options, watch_list).map_err(refuse)?;
        let selection = selection().map_err(refuse)?;
        Ok(Self {
            resource: target.resource.clone(),
            selection,
            options,
            is_watch,
            negotiated,
            pretty_errors,
            replica: befalls.replica,
            befalls: befalls.clone(),
        })
    }
}
