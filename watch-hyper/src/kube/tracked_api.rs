//! A `kube::Api` that records its writes.

use core::fmt::{self, Debug};

use either::Either;
use kube_client::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube_client::core::Status;
use kube_client::{Api, Resource, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use watch_core::{ResourceVersion, Written};

use crate::pending_writes::PendingWrites;

/// A `kube::Api` that records its writes in a book of [`PendingWrites`], so that a controller doesn't act before its
/// watch has shown them.
///
/// The methods are those of `kube::Api`, with its parameters and errors. A dry run isn't recorded. A write that failed
/// isn't recorded either; if only the reply was lost, the server may have made that write. Reads and all other requests
/// are made through [`api`](Self::api). A write that is made through it isn't recorded.
///
/// ```no_run
/// # use k8s_openapi::api::core::v1::ConfigMap;
/// use kube_client::api::{Api, DeleteParams};
/// use watch_hyper::{PendingWrites, TrackedApi};
///
/// # async fn example(client: kube_client::Client) -> Result<(), kube_client::Error> {
/// let writes = PendingWrites::new(); // a watch of the ConfigMaps tracks it
/// let maps = TrackedApi::new(Api::<ConfigMap>::namespaced(client, "default"), writes.clone());
/// maps.delete("old", &DeleteParams::default()).await?;
/// writes.caught_up(Some("default"), "old").await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TrackedApi<K> {
    api: Api<K>,
    writes: PendingWrites,
}

impl<K> TrackedApi<K> {
    /// Wraps an `Api`.
    pub const fn new(api: Api<K>, writes: PendingWrites) -> Self {
        Self { api, writes }
    }

    /// Returns the `Api`, for reads and for requests that aren't recorded.
    pub const fn api(&self) -> &Api<K> {
        &self.api
    }

    /// Returns the book.
    pub const fn writes(&self) -> &PendingWrites {
        &self.writes
    }
}

impl<K: Resource + Clone + DeserializeOwned + Debug> TrackedApi<K> {
    /// Creates an object.
    ///
    /// # Errors
    /// Fails as `kube::Api::create` does.
    pub async fn create(&self, params: &PostParams, object: &K) -> Result<K>
    where
        K: Serialize,
    {
        self.api.create(params, object).await.inspect(|written| self.wrote(written, params.dry_run))
    }

    /// Replaces an object.
    ///
    /// # Errors
    /// Fails as `kube::Api::replace` does.
    pub async fn replace(&self, name: &str, params: &PostParams, object: &K) -> Result<K>
    where
        K: Serialize,
    {
        self.api.replace(name, params, object).await.inspect(|written| self.wrote(written, params.dry_run))
    }

    /// Replaces the status of an object.
    ///
    /// # Errors
    /// Fails as `kube::Api::replace_status` does.
    pub async fn replace_status(&self, name: &str, params: &PostParams, object: &K) -> Result<K>
    where
        K: Serialize,
    {
        self.api.replace_status(name, params, object).await.inspect(|written| self.wrote(written, params.dry_run))
    }

    /// Patches an object.
    ///
    /// # Errors
    /// Fails as `kube::Api::patch` does.
    pub async fn patch<P: Serialize + Debug>(&self, name: &str, params: &PatchParams, patch: &Patch<P>) -> Result<K> {
        self.api.patch(name, params, patch).await.inspect(|written| self.wrote(written, params.dry_run))
    }

    /// Patches the status of an object.
    ///
    /// # Errors
    /// Fails as `kube::Api::patch_status` does.
    pub async fn patch_status<P: Serialize + Debug>(
        &self,
        name: &str,
        params: &PatchParams,
        patch: &Patch<P>,
    ) -> Result<K> {
        self.api.patch_status(name, params, patch).await.inspect(|written| self.wrote(written, params.dry_run))
    }

    /// Deletes an object. If the deletion isn't over, the reply is the object. The book then waits for the version of
    /// that object.
    ///
    /// # Errors
    /// Fails as `kube::Api::delete` does.
    pub async fn delete(&self, name: &str, params: &DeleteParams) -> Result<Either<K, Status>> {
        self.api.delete(name, params).await.inspect(|deleted| match deleted {
            Either::Left(object) => self.wrote(object, params.dry_run),
            Either::Right(_) if params.dry_run => {}
            Either::Right(status) => {
                let uid = status.details.as_ref().map(|details| details.uid.as_str()).filter(|uid| !uid.is_empty());
                self.writes.deleted(Written::new(self.api.namespace(), name).with_uid(uid));
            }
        })
    }

    fn wrote(&self, object: &K, is_dry_run: bool) {
        let meta = object.meta();
        // A reply without a name or a version can't be recognised in a watch.
        let version = meta.resource_version.as_deref().and_then(|version| ResourceVersion::new(version).ok());
        if let (Some(name), Some(version), false) = (&meta.name, version, is_dry_run) {
            self.writes.wrote(Written::new(meta.namespace.as_deref(), name).with_uid(meta.uid.as_deref()), &version);
        }
    }
}

impl<K> fmt::Debug for TrackedApi<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackedApi").field("writes", &self.writes).finish_non_exhaustive()
    }
}
