//! What each verb does with one object, or with a collection.

use core::time::Duration;
use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};
use watch_core::wire::Status;

use super::active_faults::Befalls;
use super::list::Located;
use super::poll::too_large;
use super::serve::Asked;
use crate::model::ApiServer;
use crate::model::admission::adopt::{check_conditional, check_name, check_uid, metadata};
use crate::model::admission::deletion::{Deleted, Deletion};
use crate::model::admission::strategy::Strategy;
use crate::model::crd;
use crate::model::encode::json::{KeyOrder, to_vec};
use crate::model::endpoints::body::{read_object, refuse_too_long};
use crate::model::endpoints::list_options::parse_version;
use crate::model::endpoints::negotiate::{Shape, negotiate};
use crate::model::endpoints::reply::{Reply, indent, not_allowed, not_found};
use crate::model::endpoints::route::Target;
use crate::model::patch;
use crate::model::storage::object::{Key, Version};

impl ApiServer {
    pub(crate) fn get(&self, now: Duration, target: &Target, name: &str, asked: &Asked<'_>) -> Result<Reply, Refusal> {
        let key = Key::new(target.namespace.as_deref(), name);
        let object = self.stored(&target.resource, &key);
        let object = object.ok_or_else(|| not_found(&target.resource, name))?;
        let version = parameter(asked.query, "resourceVersion");
        let version = parse_version(version.as_deref()).map_err(|why| Status::new(500, "", why))?;
        if version > self.store.revision() {
            // A real server waits for it first.
            return Err(too_large(version, self.store.revision()).into());
        }
        object_reply(self.clock(now), StatusCode::OK, &object, asked)
    }

    pub(crate) fn post(&mut self, now: Duration, target: &Target, asked: &Asked<'_>) -> Result<Reply, Refusal> {
        self.check_namespace(target)?;
        let value = read_object(&target.resource, asked)?;
        let object = self.create_object(now, &target.resource, target.namespace.as_deref(), value)?;
        object_reply(self.clock(now), StatusCode::CREATED, &object, asked)
    }

    pub(crate) fn put_request(
        &mut self,
        now: Duration,
        target: &Target,
        name: &str,
        asked: &Asked<'_>,
    ) -> Result<Reply, Refusal> {
        let (resource, namespace) = (&target.resource, target.namespace.as_deref());
        let value = self.adopt(resource, namespace, read_object(resource, asked)?)?;
        check_name(name, &value)?;
        let is_there = self.stored(resource, &Key::new(namespace, name)).is_some();
        if !is_there && Strategy::of(resource).creates_on_update {
            let object = self.create_by_put(now, target, name, value)?;
            return object_reply(self.clock(now), StatusCode::CREATED, &object, asked);
        }
        let change = |present: &Value| {
            check_conditional(resource, name, present, &value)?;
            Ok(value)
        };
        let part = target.subresource.as_deref();
        let object = self.replace(now, resource, namespace, name, part, change)?.object;
        object_reply(self.clock(now), StatusCode::OK, &object, asked)
    }

    /// Creates what a PUT didn't find (`Store.Update` of registry/generic). Whatever version the writer says is ignored.
    fn create_by_put(
        &mut self,
        now: Duration,
        target: &Target,
        name: &str,
        mut value: Value,
    ) -> Result<Arc<Version>, Status> {
        check_uid(&target.resource, name, &Value::Null, &value)?;
        self.check_namespace(target)?;
        metadata(&mut value).remove("resourceVersion");
        self.create_object(now, &target.resource, target.namespace.as_deref(), value)
    }

    pub(crate) fn patch_request(
        &mut self,
        now: Duration,
        target: &Target,
        name: &str,
        asked: &Asked<'_>,
    ) -> Result<Reply, Refusal> {
        refuse_too_long(asked.body)?;
        let (resource, part) = (&target.resource, target.subresource.as_deref());
        let patched = |present: &Value| {
            let value = patch::apply(resource, name, present, asked)?;
            check_conditional(resource, name, present, &value)?;
            Ok(value)
        };
        let object = self.replace(now, resource, target.namespace.as_deref(), name, part, patched)?.object;
        object_reply(self.clock(now), StatusCode::OK, &object, asked)
    }

    pub(crate) fn delete_request(
        &mut self,
        now: Duration,
        target: &Target,
        name: &str,
        asked: &Asked<'_>,
    ) -> Result<Reply, Refusal> {
        let deletion = Deletion::read(&target.resource, asked)?;
        self.is_dry_run = deletion.is_dry_run;
        let resource = &target.resource;
        let Deleted { object, is_gone } =
            self.delete_with(now, resource, target.namespace.as_deref(), name, &deletion)?;
        // `ReturnDeletedObject` of the registries; definitions go later, on a real server.
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
            return object_reply(self.clock(now), status, &object, asked);
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

    /// Deletes what a list with the same parameters would show, and shows it (`DeleteCollection` of registry/generic).
    /// Where one can't be deleted, those before it are.
    pub(crate) fn delete_collection(
        &mut self,
        now: Duration,
        target: &Target,
        asked: &Asked<'_>,
    ) -> Result<Reply, Refusal> {
        let deletion = Deletion::read(&target.resource, asked)?;
        self.is_dry_run = deletion.is_dry_run;
        let mut collection = self.collection(target, asked, &Befalls::default()).map_err(Refusal::Reply)?;
        let has_limit = collection.options.limit.is_some_and(|limit| limit != 0);
        if !has_limit {
            // It is read in pages, which shows in what `resourceVersion` means.
            collection.options.limit = Some(COLLECTION_PAGE);
        }
        let mut cut = match self.locate(&collection)? {
            Located::At(cut) => cut,
            // A real server waits for it first.
            Located::WaitFor(version) => return Err(too_large(version, self.cached_version(&collection)).into()),
        };
        if !has_limit {
            cut.limit = None;
        }
        let reply = self.write_page(now, &collection, &cut);
        let objects: Vec<_> = self.page(&collection, &cut).0.into_iter().map(|(_, object)| object.clone()).collect();
        for object in objects {
            let namespace = Some(object.text("/metadata/namespace")).filter(|namespace| !namespace.is_empty());
            let name = object.text("/metadata/name");
            match self.delete_stored(now, &target.resource, namespace, name, &deletion) {
                Err(status) if status.code != 404 => return Err(status.into()),
                _ => {}
            }
        }
        Ok(reply)
    }

    /// Objects can be created in a namespace that exists only.
    pub(crate) fn check_namespace(&self, target: &Target) -> Result<(), Status> {
        let Some(namespace) = &target.namespace else {
            return if target.resource.namespaced {
                // `POST /api/v1/pods`
                Err(not_allowed())
            } else {
                Ok(())
            };
        };
        let namespaces = self.resource("namespaces")?;
        match self.store.get("namespaces", &Key::new(None, namespace)) {
            Some(_) => Ok(()),
            None => Err(not_found(&namespaces, namespace)),
        }
    }
}

/// How many objects are read at a time to be deleted (`deleteCollectionPageSize`).
const COLLECTION_PAGE: i64 = 10_000;

/// A parameter of a query.
fn parameter(query: &str, name: &str) -> Option<String> {
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    parameters.find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
}

/// Why there is no object in the reply.
pub(crate) enum Refusal {
    Status(Box<Status>),
    Reply(Reply),
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}

pub(crate) fn object_reply(
    clock: Duration,
    status: StatusCode,
    object: &Version,
    asked: &Asked<'_>,
) -> Result<Reply, Refusal> {
    let negotiated = negotiate(asked.headers, asked.query, Shape::Object, &object.resource).map_err(Refusal::Reply)?;
    let mut body = negotiated.representation.object(object, clock);
    if negotiated.pretty {
        body = indent(&body);
    } else {
        body.push(b'\n');
    }
    let mut reply = Reply::json(status, body);
    if negotiated.gzip {
        reply.compress();
    }
    Ok(reply)
}
