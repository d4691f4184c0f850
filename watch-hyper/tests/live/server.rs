//! The servers of the tests, shared or for one test alone.

use std::io::Write as _;

use tokio::sync::OnceCell;
use watch_hyper::Client;
use watch_test::live::{Access, Assets, Cluster};

/// Which version of HTTP a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Http {
    One,
    Two,
}

pub(crate) const BOTH: [Http; 2] = [Http::One, Http::Two];

/// The server that tests share. They change nothing that other tests would notice.
pub(crate) struct Server {
    pub(crate) access: Access,
    /// A server that was started here. It has a user without permissions, in contrast to an existing cluster.
    pub(crate) cluster: Option<&'static Cluster>,
}

enum Shared {
    Started(Box<Cluster>),
    Given(Access),
    None(String),
}

/// The server for all tests; `None` if there is none, which is then printed.
pub(crate) async fn shared() -> Option<Server> {
    static SHARED: OnceCell<Shared> = OnceCell::const_new();
    match SHARED.get_or_init(find).await {
        Shared::Started(cluster) => Some(Server { access: cluster.access(), cluster: Some(cluster) }),
        Shared::Given(access) => Some(Server { access: access.clone(), cluster: None }),
        Shared::None(why) => skip(why),
    }
}

async fn find() -> Shared {
    if let Some(access) = Access::from_environment().unwrap() {
        return Shared::Given(access);
    }
    match Assets::from_environment() {
        Ok(assets) => Shared::Started(Box::new(Cluster::start(&assets, &[]).await.unwrap())),
        Err(error) => Shared::None(error.to_string()),
    }
}

/// A server for one test alone; `None` if there can be none, which is then printed.
pub(crate) async fn own(flags: &[&str]) -> Option<Cluster> {
    if Access::from_environment().unwrap().is_some() {
        return skip("it would restart the cluster");
    }
    match Assets::from_environment() {
        Ok(assets) => Some(Cluster::start(&assets, flags).await.unwrap()),
        Err(error) => skip(&error.to_string()),
    }
}

/// Prints that the test is skipped.
#[expect(clippy::explicit_write, reason = "of what a test that passes says by `eprintln`, the harness shows nothing")]
pub(crate) fn skip<T>(why: &str) -> Option<T> {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or_default();
    writeln!(std::io::stderr(), "skipped: {test}: no real API server: {why}").unwrap();
    None
}

pub(crate) fn client(access: &Access, http: Http) -> Client {
    let token = access.token.clone().unwrap();
    let builder = Client::builder(&access.url).token(token).no_proxy();
    let builder = match &access.certificate_authority {
        Some(pem) => builder.ca_pem(pem.as_str()),
        None => builder,
    };
    match http {
        Http::One => builder.http1_only().build().unwrap(),
        Http::Two => builder.build().unwrap(),
    }
}

impl Server {
    pub(crate) fn client(&self, http: Http) -> Client {
        client(&self.access, http)
    }
}

/// A server for one test alone, with kube-controller-manager; `None` if there can be none, which is then printed.
pub(crate) async fn own_with_controllers(names: &[&str]) -> Option<Cluster> {
    if !Assets::from_environment().is_ok_and(|assets| assets.have_controllers()) {
        return skip("there is no kube-controller-manager in KUBEBUILDER_ASSETS");
    }
    let mut cluster = own(&[]).await?;
    cluster.start_controllers(names).unwrap();
    Some(cluster)
}
