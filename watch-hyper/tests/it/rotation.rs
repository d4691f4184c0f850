//! Certificate files that change while a watch runs.

use std::fs;
use std::path::{Path, PathBuf};

use futures_util::StreamExt;
use tracing::Level;
use watch_hyper::watch_core::{Event, Object, TransportErrorKind};
use watch_hyper::{ClientBuilder, Watch};

use crate::directory::Directory;
use crate::fake::{Notices, from_1};
use crate::log::Log;
use crate::server::{Server, Tls};
use crate::tls::{Authority, client, config, serve};

/// The files of a test.
struct Files(Directory);

impl Files {
    fn new(name: &str) -> Self {
        let directory = Directory::new(&format!("rotation-{name}"));
        fs::create_dir_all(directory.path()).unwrap();
        Self(directory)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Replaces the file, as the kubelet does.
    fn replace(&self, name: &str, text: &str) {
        let new = self.path("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.path(name)).unwrap();
    }
}

/// A server with a certificate of one authority, which accepts clients of the other.
fn certified(authority: &Authority, clients: Option<&Authority>) -> rustls::ServerConfig {
    let (certificate, key) = authority.issue(&["127.0.0.1"]);
    config(&certificate, &key, clients)
}

async fn added(watch: &mut Watch) {
    let next = tokio::time::timeout(core::time::Duration::from_secs(60), watch.next()).await;
    assert!(matches!(next, Ok(Some(Ok(Event::Added(_))))), "{next:?}");
}

/// A running watch, its notices, and its server.
async fn begun(tls: &Tls, set: impl Fn(ClientBuilder) -> ClientBuilder) -> (Watch, Notices, Server) {
    let server = serve(tls.clone()).await;
    let ear = Notices::default();
    let mut watch = ear.listen(Watch::<Object>::new(set(client(&server)).build().unwrap(), from_1()));
    added(&mut watch).await;
    (watch, ear, server)
}

fn no_tls_trouble(ear: &Notices) -> bool {
    ear.transport_errors().iter().all(|error| error.kind != TransportErrorKind::Tls)
}

#[tokio::test]
async fn a_watch_follows_the_rotation_of_the_servers_authority() {
    for http1_only in [true, false] {
        let files = Files::new(&format!("authority-{http1_only}"));
        let (old, new) = (Authority::new("old"), Authority::new("new"));
        files.write("ca.crt", &old.pem());
        let tls = Tls::new(certified(&old, None));
        let set = |builder: ClientBuilder| {
            let builder = builder.ca_file(files.path("ca.crt"));
            if http1_only { builder.http1_only() } else { builder }
        };
        let (mut watch, ear, server) = begun(&tls, set).await;
        files.replace("ca.crt", &new.pem());
        tls.replace(certified(&new, None));
        server.cut();
        added(&mut watch).await;
        assert!(no_tls_trouble(&ear), "{:?}", ear.transport_errors());
        assert_eq!(server.connections(), 2);
    }
}

#[tokio::test]
async fn a_watch_follows_the_rotation_of_its_own_certificate() {
    let files = Files::new("client");
    let (servers, old, new) = (Authority::new("servers"), Authority::new("old"), Authority::new("new"));
    let write = |authority: &Authority| {
        let (certificate, key) = authority.issue(&["client.test"]);
        files.replace("tls.crt", &certificate);
        files.replace("tls.key", &key);
    };
    write(&old);
    let tls = Tls::new(certified(&servers, Some(&old)));
    let (mut watch, ear, server) =
        begun(&tls, |builder| builder.ca_pem(servers.pem()).client_files(files.path("tls.crt"), files.path("tls.key")))
            .await;
    write(&new);
    tls.replace(certified(&servers, Some(&new)));
    server.cut();
    added(&mut watch).await;
    assert!(no_tls_trouble(&ear), "{:?}", ear.transport_errors());
}

/// A file, and the change of it.
type Break<'a> = (&'a str, &'a dyn Fn(&Path));

#[tokio::test]
async fn an_unusable_file_keeps_the_former_value_and_warns() {
    let files = Files::new("broken");
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    let (certificate, key) = clients.issue(&["client.test"]);
    files.write("ca.crt", &servers.pem());
    files.write("tls.crt", &certificate);
    files.write("tls.key", &key);
    let tls = Tls::new(certified(&servers, Some(&clients)));
    let log = Log::default();
    // Of this thread: the task that makes a connection is another.
    let _guard = tracing::subscriber::set_default(log.subscriber(Level::WARN));
    let (mut watch, ear, server) = begun(&tls, |builder| {
        builder.ca_file(files.path("ca.crt")).client_files(files.path("tls.crt"), files.path("tls.key"))
    })
    .await;
    let warnings = || {
        log.text()
            .lines()
            .filter(|line| line.contains("can't use the new certificate files"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(warnings().is_empty());
    let breaks: [Break<'_>; 4] = [
        ("ca.crt", &|path| fs::write(path, "half of a certif").unwrap()),
        ("ca.crt", &|path| fs::remove_file(path).unwrap()),
        // The one was written, the other not yet.
        ("tls.key", &|path| fs::write(path, clients.issue(&["client.test"]).1).unwrap()),
        ("tls.crt", &|path| fs::write(path, "").unwrap()),
    ];
    for (count, (name, to_break)) in (1..).zip(breaks) {
        let good = fs::read_to_string(files.path(name)).unwrap();
        to_break(&files.path(name));
        server.cut();
        added(&mut watch).await;
        assert!(no_tls_trouble(&ear), "{:?}", ear.transport_errors());
        assert_eq!(warnings().len(), count, "{}", log.text());
        assert!(warnings()[count - 1].contains(name), "{name}: {}", log.text());
        files.write(name, &good);
    }
    // Each by itself: a new authority counts, also while the client's certificate is broken.
    let new = Authority::new("new");
    files.write("tls.crt", "");
    files.write("ca.crt", &new.pem());
    tls.replace(certified(&new, Some(&clients)));
    server.cut();
    added(&mut watch).await;
    assert!(no_tls_trouble(&ear), "{:?}", ear.transport_errors());
}
