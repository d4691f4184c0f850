//! The verbs on one object, or on a collection.

use core::time::Duration;
use std::sync::Arc;

use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use watch_core::wire::Status;

use super::active_faults::ActiveFaults;
use super::collection::Collection;
use super::list::Located;
use crate::model::admission::admit::complete;
use crate::model::admission::checks::{check_conditional, check_name, check_uid};
use crate::model::admission::deletion::{Deleted, Deletion};
use crate::model::admission::meta::metadata;
use crate::model::admission::strategy::Strategy;
use crate::model::cluster::ClusterState;
use crate::model::crd;
use crate::model::encode::json::{KeyOrder, to_vec};
use crate::model::endpoints::body::{read_object, read_options, refuse_too_long};
use crate::model::endpoints::list_options::{WatchList, parse_version};
use crate::model::endpoints::object_reply::object_reply;
use crate::model::endpoints::reply::{ErrorReply, Reply};
use crate::model::endpoints::request::ApiRequest;
use crate::model::endpoints::route::Target;
use crate::model::patch::{self, SentPatch};
use crate::model::storage::object::Version;
use crate::model::validation::errors::too_large;

/// The page size of a DELETE of a collection (`deleteCollectionPageSize`).
const COLLECTION_PAGE: i64 = 10_000;

/// A request to an object, or a write to a collection.
#[derive(Debug)]
pub(super) struct ObjectRequest<'a> {
    pub(super) cluster: &'a mut ClusterState,
    pub(super) watch_list: WatchList,
    pub(super) now: Duration,
    pub(super) target: &'a Target,
    pub(super) request: &'a ApiRequest<'a>,
}

impl<'a> ObjectRequest<'a> {
    pub(super) fn get(&self, name: &str) -> Result<Reply, ErrorReply> {
        let object = self.existing(name)?;
        let version = self.request.parameter("resourceVersion");
        let version = parse_version(version.as_deref()).map_err(|why| Status::new(500, "", why))?;
        let revision = self.cluster.store.revision();
        if version > revision {
            // A real server waits for it first.
            return Err(too_large(version, revision).into());
        }
        self.reply(StatusCode::OK, &object)
    }

    pub(super) fn create(&mut self) -> Result<Reply, ErrorReply> {
        self.check_namespace()?;
        let value = read_object(&self.target.resource, self.request)?;
        let object = self.create_object(value)?;
        self.reply(StatusCode::CREATED, &object)
    }

    pub(super) fn put(&mut self, name: &str) -> Result<Reply, ErrorReply> {
        let (resource, namespace) = (&self.target.resource, self.target.namespace.as_deref());
        let value = complete(resource, namespace, read_object(resource, self.request)?)?;
        check_name(name, &value)?;
        if Strategy::of(resource).creates_on_update && self.existing(name).is_err() {
            let object = self.create_by_put(name, value)?;
            return self.reply(StatusCode::CREATED, &object);
        }
        let object = self.replace(name, self.target.subresource.as_deref(), |present| {
            check_conditional(resource, name, present, &value)?;
            Ok(value)
        })?;
        self.reply(StatusCode::OK, &object)
    }

    /// Creates the object of a PUT that doesn't exist (`Store.Update` of registry/generic). Its version is ignored.
    fn create_by_put(&mut self, name: &str, mut value: Value) -> Result<Arc<Version>, Status> {
        check_uid(&self.target.resource, name, &Value::Null, &value)?;
        self.check_namespace()?;
        metadata(&mut value).remove("resourceVersion");
        self.create_object(value)
    }

    pub(super) fn patch(&mut self, name: &str) -> Result<Reply, ErrorReply> {
        let patch = self.sent_patch()?;
        let resource = &self.target.resource;
        let object = self.replace(name, self.target.subresource.as_deref(), |present| {
            let value = patch::apply(resource, name, present, patch)?;
            check_conditional(resource, name, present, &value)?;
            Ok(value)
        })?;
        self.reply(StatusCode::OK, &object)
    }

    pub(super) fn delete(&mut self, name: &str) -> Result<Reply, ErrorReply> {
        let deletion = self.deletion()?;
        let (resource, namespace) = (&self.target.resource, self.target.namespace.as_deref());
        let Deleted { object, is_gone } = self.cluster.delete_with(self.now, resource, namespace, name, &deletion)?;
        // `ReturnDeletedObject` of the registries. A real server removes definitions later.
        let returns_object = matches!(
            resource.name().as_str(),
            "namespaces"
                | "persistentvolumeclaims"
                | "persistentvolumes"
                | "pods"
                | "podtemplates"
                | "resourcequotas"
                | "serviceaccounts"
                | "services"
                | "csidrivers.storage.k8s.io"
                | "csinodes.storage.k8s.io"
                | "storageclasses.storage.k8s.io"
                | "volumeattachments.storage.k8s.io"
                | "volumeattributesclasses.storage.k8s.io"
                | crd::RESOURCE
        );
        if !is_gone || returns_object {
            let status = if deletion.is_cascading && !is_gone { StatusCode::ACCEPTED } else { StatusCode::OK };
            return self.reply(status, &object);
        }
        let mut details = json!({"name": name, "kind": resource.plural, "uid": object.uid()});
        if !resource.group.is_empty() {
            details["group"] = resource.group.clone().into();
        }
        let details = to_vec(&details, KeyOrder::Struct("StatusDetails"));
        let mut body = br#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":"#.to_vec();
        body.extend_from_slice(&details);
        body.extend_from_slice(b"}\n");
        Ok(Reply::json(StatusCode::OK, body))
    }

    /// Deletes the objects of a list with the same parameters, and returns them (`DeleteCollection` of
    /// registry/generic). If one can't be deleted, those before it stay deleted.
    pub(super) fn delete_collection(&mut self) -> Result<Reply, ErrorReply> {
        let deletion = self.deletion()?;
        let mut collection = Collection::read(self.target, self.request, self.watch_list, &ActiveFaults::default())
            .map_err(ErrorReply::Reply)?;
        let has_limit = collection.options.limit.is_some_and(|limit| limit != 0);
        if !has_limit {
            // It is read in pages, which affects the meaning of `resourceVersion`.
            collection.options.limit = Some(COLLECTION_PAGE);
        }
        let mut cut = match collection.locate(self.cluster)? {
            Located::At(cut) => cut,
            // A real server waits for it first.
            Located::WaitFor(version) => {
                return Err(too_large(version, collection.cached_version(self.cluster)).into());
            }
        };
        if !has_limit {
            cut.limit = None;
        }
        let reply = collection.write_page(self.cluster, self.now, &cut);
        let page = collection.page(self.cluster, &cut).0;
        let objects: Vec<_> = page.into_iter().map(|(_, object)| object.clone()).collect();
        for object in objects {
            let (namespace, name) = (object.namespace(), object.name());
            match self.cluster.delete_stored(self.now, &self.target.resource, namespace, name, &deletion) {
                Err(status) if status.code != 404 => return Err(status.into()),
                _ => {}
            }
        }
        Ok(reply)
    }

    /// Returns the options of a DELETE. Its dry run counts from here on.
    fn deletion(&mut self) -> Result<Deletion, Status> {
        let deletion = Deletion::of(&read_options(&self.target.resource, self.request)?)?;
        self.cluster.is_dry_run = deletion.is_dry_run;
        Ok(deletion)
    }

    /// Objects can be created in an existing namespace only.
    pub(super) fn check_namespace(&self) -> Result<(), Status> {
        self.cluster.check_namespace_exists(&self.target.resource, self.target.namespace.as_deref())
    }

    /// Returns the present object; the error is 404.
    pub(super) fn existing(&self, name: &str) -> Result<Arc<Version>, Status> {
        self.cluster.existing(&self.target.resource, self.target.namespace.as_deref(), name)
    }

    fn create_object(&mut self, value: Value) -> Result<Arc<Version>, Status> {
        let Target { resource, namespace, .. } = self.target;
        self.cluster.create_object(self.now, resource, namespace.as_deref(), value)
    }

    /// Changes the object, or a part of it. Returns it as the writer gets it.
    pub(super) fn replace(
        &mut self,
        name: &str,
        part: Option<&str>,
        change: impl FnOnce(&Value) -> Result<Value, Status>,
    ) -> Result<Arc<Version>, Status> {
        let Target { resource, namespace, .. } = self.target;
        let replaced = self.cluster.replace(self.now, resource, namespace.as_deref(), name, part, change)?;
        Ok(replaced.object)
    }

    pub(super) fn sent_patch(&self) -> Result<SentPatch<'a>, Status> {
        refuse_too_long(self.request.body)?;
        let content_type = self.request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Ok(SentPatch { content_type: content_type.unwrap_or_default(), body: self.request.body })
    }

    pub(super) fn reply(&self, status: StatusCode, object: &Version) -> Result<Reply, ErrorReply> {
        object_reply(self.cluster.clock(self.now), status, object, self.request)
    }
}
