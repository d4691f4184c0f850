//! The differences between types in a write: the registries' strategies (pkg/registry/GROUP/RESOURCE/strategy.go of
//! k8s.io/kubernetes v1.36.3, and of v1.37.2 for [`SINCE_1_37`]), as tables.
//!
//! A row has the differences from [`Strategy::CORE`]; a built-in type without a row is like that. Each value was read
//! in the strategy and verified with a kube-apiserver; the differential suite of watch-hyper
//! (`tests/live/differential`) verifies it again.

mod types;

use self::types::{SINCE_1_37, TYPES};
use crate::model::storage::release::Release;
use crate::model::storage::resource::Resource;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Strategy {
    /// PUT creates an object that doesn't exist (`AllowCreateOnUpdate`).
    pub(crate) creates_on_update: bool,
    /// It can be replaced without a resourceVersion (`AllowUnconditionalUpdate`).
    pub(crate) updates_unconditionally: bool,
    /// What increments `metadata.generation`. It begins at 1, unless stated otherwise; types without one keep the
    /// creator's value.
    pub(crate) generation: Generation,
    /// The metadata that a write to `/status` doesn't change (`PrepareForUpdate` of the status strategy).
    pub(crate) status_leaves: Leaves,
    /// The status that Go writes where none was set, in JSON. It is also what POST makes of any status
    /// (`PrepareForCreate`), but for [`Self::creates_with_status`]. `None`: there is none then.
    pub(crate) empty_status: Option<&'static str>,
    /// POST keeps the status: nodes report themselves.
    pub(crate) creates_with_status: bool,
    /// Finalizers without a domain must be standard ones (`validateKubeFinalizerName`).
    pub(crate) checks_plain_finalizers: bool,
    /// The validations of the metadata that a write repeats after those of all types (`validateCommonFields`). Each
    /// adds its causes again.
    pub(crate) update_passes: &'static [Pass],
    /// The same of a write to `/status`.
    pub(crate) status_passes: &'static [Pass],
    /// Its path in etcd, below `/registry/`, if it isn't the plural. The error of a conflict shows it.
    pub(crate) stored_at: Option<&'static str>,
}

/// What increments `metadata.generation`. It begins at 1, unless stated otherwise; types without one keep the creator's
/// value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// Nothing.
    Unused,
    /// Nothing; it stays 1.
    One,
    /// Changes of `spec`.
    Spec,
    /// Changes of `spec`. It isn't set in a new object.
    SpecChanges,
    /// Changes of `spec` and of the annotations, which deployments copy to their replica sets.
    SpecAndAnnotations,
    /// Changes of any field but `metadata`, and but `status` if the resource has a `/status`.
    Content,
    /// The same, and changes of the labels.
    ContentAndLabels,
}

/// The metadata that a write to `/status` doesn't change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
    Nothing,
    Labels,
    OwnerReferences,
    All,
}

/// A validation of metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// `ValidateObjectMeta`
    Object,
    /// `ValidateObjectMetaUpdate`
    Update,
}

use Pass::Update;

impl Strategy {
    /// The strategy of most built-in types.
    const CORE: Self = Self {
        creates_on_update: false,
        updates_unconditionally: true,
        generation: Generation::Unused,
        status_leaves: Leaves::Nothing,
        empty_status: None,
        creates_with_status: false,
        checks_plain_finalizers: true,
        update_passes: &[Update],
        status_passes: &[Update],
        stored_at: None,
    };

    /// `customResourceStrategy` and `statusStrategy` of apiextensions-apiserver/pkg/registry/customresource.
    const CUSTOM: Self = Self {
        updates_unconditionally: false,
        generation: Generation::Content,
        status_leaves: Leaves::All,
        checks_plain_finalizers: false,
        ..Self::CORE
    };

    /// Returns the strategy of a resource.
    pub(crate) fn of(resource: &Resource) -> &'static Self {
        if resource.custom {
            return &Self::CUSTOM;
        }
        let newer = if resource.release >= Release::V1_37 { SINCE_1_37 } else { &[] };
        let mut rows = newer.iter().chain(TYPES);
        let row = rows.find(|(plural, group, _)| *plural == resource.plural && *group == resource.group);
        row.map_or(&Self::CORE, |(_, _, strategy)| strategy)
    }
}
