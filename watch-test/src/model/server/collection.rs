//! A parsed and valid LIST or WATCH.

use std::sync::Arc;

use watch_core::wire::{ListOptions, Status};

use super::active_faults::ActiveFaults;
use crate::model::endpoints::list_options::{WatchList, set_defaults, validate};
use crate::model::endpoints::negotiate::{Content, Negotiated, negotiate};
use crate::model::endpoints::reply::Reply;
use crate::model::endpoints::request::ApiRequest;
use crate::model::endpoints::route::Target;
use crate::model::selector::selection::Selection;
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::bad_request;

#[derive(Clone, Debug)]
pub(crate) struct Collection {
    pub(crate) resource: Arc<Resource>,
    pub(crate) selection: Selection,
    pub(crate) options: ListOptions,
    pub(crate) is_watch: bool,
    pub(crate) negotiated: Negotiated,
    pub(crate) pretty_errors: bool,
    /// The server whose cache answers, and the faults.
    pub(crate) replica: usize,
    pub(crate) faults: ActiveFaults,
}

impl Collection {
    /// Reads the request in the order in which `ListResource` of endpoints/handlers/get.go does.
    pub(crate) fn read(
        target: &Target,
        request: &ApiRequest<'_>,
        watch_list: WatchList,
        faults: &ActiveFaults,
    ) -> Result<Self, Reply> {
        let ApiRequest { query, headers, pretty_errors, .. } = *request;
        let refuse = |status: Status| Reply::status(&status, pretty_errors);
        let options = ListOptions::from_query(query).map_err(|error| refuse(bad_request(error.to_string())));
        let is_watch = target.is_watch_path || options.as_ref().is_ok_and(|options| options.watch);
        let shape = if is_watch { Content::Watch } else { Content::List };
        let negotiated = negotiate(headers, query, shape, &target.resource)?;
        let mut options = options?;
        let watch_list = if faults.ignores_send_initial_events { WatchList::Unknown } else { watch_list };
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
            replica: faults.replica,
            faults: faults.clone(),
        })
    }
}
