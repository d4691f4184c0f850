//! A real API server: `etcd` and `kube-apiserver` on the loopback interface, with a temporary directory.
//!
//! The programs are in the directory that `KUBEBUILDER_ASSETS` names, as for envtest. The certificates, the key for
//! service accounts and the users are generated. RBAC decides who may do what: one user may do everything, another one
//! only what is granted. [`Admin`] is a client for it, for any other API server, and for a
//! [`TestServer`](crate::TestServer).
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn core::error::Error>> {
//! use watch_test::live::{Admin, Assets, Cluster};
//! let cluster = Cluster::start(&Assets::from_environment()?, &[]).await?;
//! let admin = Admin::new(&cluster.access())?;
//! let list = admin.get("/api/v1/namespaces/default/configmaps").await?.success()?;
//! # Ok(())
//! # }
//! ```

mod access;
mod admin;
mod answer;
mod assets;
mod cluster;
mod etcd;
mod files;
mod guard;
mod program;
mod token;

pub use self::access::Access;
pub use self::admin::Admin;
pub use self::answer::Answer;
pub use self::assets::{Assets, NoAssets};
pub use self::cluster::Cluster;

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// Returns a port that is free now.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
