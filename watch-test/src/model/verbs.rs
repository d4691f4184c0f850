//! What each verb does with one object, or with a collection.

use core::time::Duration;
use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use watch_core::wire::Status;

use super::ApiServer;
use super::adopt::{check_conditional, check_name, check_uid, metadata};
use super::body::{read_object, read_options, refuse_too_long};
use super::crd;
use super::faults::Befalls;
use super::json::{KeyOrder, to_vec};
use super::list::Located;
use super::negotiate::{Shape, negotiate};
use super::object::{Key, Version};
use super::patch;
use super::poll::too_large;
use super::reply::{Reply, indent, no_dry_run, no_such_resource, not_allowed, not_found, not_supported};
use super::route::Target;
use super::serve::Asked;
use super::strategy::Strategy;
use super::validate::parse_version;
use super::write::Preconditions;

impl ApiServer {
    pub(super) fn get(&self, now: Duration, target: &Target, name: &str, asked: &Asked<'_>) -> Result<Reply, Refusal> {
        let key = Key::new(target.namespace.as_deref(), name);
        let object = self.store.get(&target.resource.name(), &key);
        let object = object.ok_or_else(|| not_found(&target.resource, name))?;
        let version = parameter(asked.query, "resourceVersion");
        let version = parse_version(version.as_deref()).map_err(|why| Status::new(500, "", why))?;
        if version > self.store.revision() {
            // A real server waits for it first.
            return Err(too_large(version, self.store.revision()).into());
        }
        object_reply(self.clock(now), StatusCode::OK, object, asked)
    }

    pub(super) fn post(&mut self, now: Duration, target: &Target, asked: &Asked<'_>) -> Result<Reply, Refusal> {
        self.check_namespace(target)?;
        let value = read_object(&target.resource, asked)?;
        let object = self.create_object(now, &target.resource, target.namespace.as_deref(), value)?;
        object_reply(self.clock(now), StatusCode::CREATED, &object, asked)
    }

    pub(super) fn put_request(
        &mut self,
        now: Duration,
        target: &Target,
        name: &str,
        asked: &Asked<'_>,
    ) -> Result<Reply, Refusal> {
        let (resource, namespace) = (&target.resource, target.namespace.as_deref());
        let value = self.adopt(resource, namespace, read_object(resource, asked)?)?;
        check_name(name, &value)?;
        let is_there = self.store.get(&resource.name(), &Key::new(namespace, name)).is_some();
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

    pub(super) fn patch_request(
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

    pub(super) fn delete_request(
        &mut self,
        now: Duration,
        target: &Target,
        name: &str,
        asked: &Asked<'_>,
    ) -> Result<Reply, Refusal> {
        let options = read_options(&target.resource, asked)?;
        if options.get("dryRun").and_then(Value::as_array).is_some_and(|dry| !dry.is_empty()) {
            return Err(no_dry_run().into());
        }
        let preconditions = Preconditions::of(&options);
        let resource = &target.resource;
        let object = self.delete_object(now, resource, target.namespace.as_deref(), name, &preconditions)?;
        let is_kept = self.store.get(&resource.name(), &Key::new(target.namespace.as_deref(), name)).is_some();
        // `ReturnDeletedObject` of the registries; definitions go later, on a real server.
        let returns_object = matches!(
            resource.name().as_str(),
            "pods" | "services" | "serviceaccounts" | "persistentvolumeclaims" | crd::RESOURCE
        );
        if is_kept || returns_object {
            return object_reply(self.clock(now), StatusCode::OK, &object, asked);
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
    pub(super) fn delete_collection(
        &mut self,
        now: Duration,
        target: &Target,
        asked: &Asked<'_>,
    ) -> Result<Reply, Refusal> {
        refuse_too_long(asked.body)?;
        let mut collection = self.collection(target, asked, &Befalls::default()).map_err(Refusal::Reply)?;
        let options = read_options(&target.resource, asked)?;
        if options.get("dryRun").and_then(Value::as_array).is_some_and(|dry| !dry.is_empty()) {
            return Err(no_dry_run().into());
        }
        let preconditions = Preconditions::of(&options);
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
            match self.delete_stored(now, &target.resource, namespace, name, &preconditions) {
                Err(status) if status.code != 404 => return Err(status.into()),
                _ => {}
            }
        }
        Ok(reply)
    }

    /// Objects can be created in a namespace that exists only.
    fn check_namespace(&self, target: &Target) -> Result<(), Status> {
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

/// Whether there is such a part of an object, and it can be used so.
pub(super) fn check_subresource(method: &Method, target: &Target, name: &str) -> Result<(), Status> {
    let resource = &target.resource;
    match target.subresource.as_deref() {
        None => Ok(()),
        Some("status") if resource.has_status => match (method.as_str(), resource.custom) {
            ("GET" | "PUT" | "PATCH", _) => Ok(()),
            (_, false) => Err(not_allowed()),
            // `crdHandler.serveStatus` of apiextensions-apiserver
            (_, true) => Err(not_supported(resource, if *method == Method::POST { "create" } else { "delete" })),
        },
        // `crdHandler.ServeHTTP` looks for the part once it has the resource.
        Some(_) if resource.custom => Err(not_found(resource, name)),
        Some(_) => Err(no_such_resource()),
    }
}

/// A parameter of a query.
fn parameter(query: &str, name: &str) -> Option<String> {
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    parameters.find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
}

/// Why there is no object in the reply.
pub(super) enum Refusal {
    Status(Box<Status>),
    Reply(Reply),
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}

fn object_reply(clock: Duration, status: StatusCode, object: &Version, asked: &Asked<'_>) -> Result<Reply, Refusal> {
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
