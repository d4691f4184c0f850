//! Storage: resources, versions of objects, the store with its history, and watch caches.

pub(crate) mod built_in;
pub(crate) mod cache;
pub(crate) mod conditions;
pub(crate) mod conversion;
pub(crate) mod object;
pub(crate) mod release;
pub(crate) mod resource;
pub(crate) mod resources;
pub(crate) mod store;
