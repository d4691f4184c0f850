//! The preconditions of a deletion.

use serde_json::Value;
use watch_core::wire::Status;

use crate::model::storage::object::Version;
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::conflict;

/// The conditions on the present object of a DELETE (`meta/v1.Preconditions`).
#[derive(Clone, Debug, Default)]
pub(crate) struct Preconditions {
    pub(crate) uid: Option<String>,
    pub(crate) resource_version: Option<String>,
}

impl Preconditions {
    /// Those in `DeleteOptions`.
    pub(crate) fn of(options: &Value) -> Self {
        let text = |pointer| options.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Self { uid: text("/preconditions/uid"), resource_version: text("/preconditions/resourceVersion") }
    }

    /// The checks that namespaces and definitions do first (`REST.Delete` of core/namespace and
    /// customresourcedefinition).
    pub(crate) fn check_early(&self, resource: &Resource, name: &str, present: &Version) -> Result<(), Status> {
        let revision = present.revision.to_string();
        for (what, wanted, is) in
            [("UID", &self.uid, present.uid()), ("ResourceVersion", &self.resource_version, &revision)]
        {
            if let Some(wanted) = wanted.as_deref().filter(|wanted| *wanted != is) {
                let why = format!("Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {is}");
                return Err(conflict(resource, name, &why));
            }
        }
        Ok(())
    }

    /// `BeforeDelete` of apiserver/pkg/registry/rest.
    pub(crate) fn check(&self, resource: &Resource, name: &str, present: &Version) -> Result<(), Status> {
        let differs = |what: &str, wanted: &str, is: &str, happened: &str| {
            let why = format!(
                "the {what} in the precondition ({wanted}) does not match the {what} in record ({is}). The object might \
                 have been {happened}"
            );
            // The error names the kind, not the resource.
            let (plural, group) = (resource.kind.clone(), resource.group_of_kind().to_owned());
            Err(conflict(&Resource { plural, group, ..resource.clone() }, name, &why))
        };
        if let Some(uid) = self.uid.as_deref().filter(|uid| *uid != present.uid()) {
            return differs("UID", uid, present.uid(), "deleted and then recreated");
        }
        let revision = present.revision.to_string();
        if let Some(version) = self.resource_version.as_deref().filter(|version| *version != revision) {
            return differs("ResourceVersion", version, &revision, "modified");
        }
        Ok(())
    }
}
