//! TLS: trust, client certificates, and the negotiated protocol.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use futures_util::StreamExt;
use http::Version;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use watch_hyper::watch_core::{Event, Object, TransportErrorKind};
use watch_hyper::{Client, ClientBuilder, Watch};

use crate::errors::hear;
use crate::fake::{Notices, frame, from_1, list};
use crate::server::{Server, Speech, Tls, answer, channel, respond};

/// A certificate authority, and a server that has a certificate from it for `127.0.0.1` and `api.test`.
pub(crate) struct Authority {
    pub(crate) issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate and its key, as PEM.
    pub(crate) fn issue(&self, names: &[&str]) -> (String, String) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// `clients`: the authority of accepted clients; `None` accepts all.
    async fn server(&self, names: &[&str], clients: Option<&Self>) -> Server {
        let (certificate, key) = self.issue(names);
        serve(Tls::new(config(&certificate, &key, clients))).await
    }
}

/// A server's TLS with this certificate and its key. `clients`: the authority of accepted clients; `None` accepts all.
pub(crate) fn config(certificate: &str, key: &str, clients: Option<&Authority>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = match clients {
        None => builder.unwrap().with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.unwrap().with_client_cert_verifier(verifier)
        }
    };
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let mut config = builder.with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// A server that reports the version of HTTP of each request, in one event.
pub(crate) async fn serve(tls: Tls) -> Server {
    let speech = Speech { tls: Some(tls), streams: Some(10) };
    let last = Arc::new(AtomicU64::new(1));
    Server::start(speech, move |request| {
        if !request.uri().query().unwrap_or_default().contains("watch=true") {
            // The answer to a version check.
            return answer(200, list(last.load(Ordering::Relaxed), &[]));
        }
        let version = last.fetch_add(1, Ordering::Relaxed) + 1;
        let name = if request.version() == Version::HTTP_2 { "http2" } else { "http1" };
        let (writer, body) = channel();
        writer.send(frame("ADDED", name, version).into()).unwrap();
        // The watch stays open as long as the client wants it.
        tokio::spawn(async move { writer.closed().await });
        respond(200, body)
    })
    .await
}

pub(crate) fn client(server: &Server) -> ClientBuilder {
    Client::builder(&server.url("https"))
}

/// The name of the first object that comes.
pub(crate) async fn first(builder: ClientBuilder) -> String {
    match Watch::<Object>::new(builder.build().unwrap(), from_1()).next().await {
        Some(Ok(Event::Added(object))) => object.name().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// The error of a connection that can't be established.
pub(crate) async fn refusal(builder: ClientBuilder) -> String {
    let ear = Notices::default();
    let mut watch = ear.listen(Watch::<Object>::new(builder.build().unwrap(), from_1()));
    let error = hear(&mut watch, &ear).await;
    assert_eq!(error.kind, TransportErrorKind::Tls, "{error}");
    error.to_string()
}

#[tokio::test]
async fn both_http_versions_are_spoken_and_2_is_preferred() {
    let authority = Authority::new("ours");
    let server = authority.server(&["127.0.0.1"], None).await;
    assert_eq!(first(client(&server).ca_pem(authority.pem())).await, "http2");
    assert_eq!(first(client(&server).ca_pem(authority.pem()).http1_only()).await, "http1");
}

#[tokio::test]
async fn a_server_of_another_authority_is_refused_with_the_reason() {
    let server = Authority::new("ours").server(&["127.0.0.1"], None).await;
    let said = refusal(client(&server).ca_pem(Authority::new("theirs").pem()).token("s3cret")).await;
    assert!(said.contains("TLS failed") && said.contains("UnknownIssuer"), "{said}");
    assert!(!said.contains("s3cret"));
}

#[tokio::test]
async fn another_server_name_is_trusted_only_if_expected() {
    let authority = Authority::new("ours");
    let server = authority.server(&["api.test"], None).await;
    let said = refusal(client(&server).ca_pem(authority.pem())).await;
    assert!(said.contains("not valid for name"), "{said}");
    assert_eq!(first(client(&server).ca_pem(authority.pem()).tls_server_name("api.test")).await, "http2");
}

#[tokio::test]
async fn danger_accepts_any_certificate() {
    let server = Authority::new("ours").server(&["elsewhere.test"], None).await;
    assert_eq!(first(client(&server).danger_accept_invalid_certs()).await, "http2");
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_a_server_that_wants_one() {
    let (authority, clients) = (Authority::new("ours"), Authority::new("clients"));
    let server = authority.server(&["127.0.0.1"], Some(&clients)).await;
    let (certificate, key) = clients.issue(&["client.test"]);
    let builder = client(&server).ca_pem(authority.pem()).client_pem(certificate, key);
    assert!(!format!("{builder:?}").contains("PRIVATE"));
    assert_eq!(first(builder).await, "http2");
    let said = refusal(client(&server).ca_pem(authority.pem())).await;
    assert!(said.contains("CertificateRequired"), "{said}");
}

#[tokio::test]
async fn the_limit_of_streams_holds_inside_tls_too() {
    let authority = Authority::new("ours");
    let server = authority.server(&["127.0.0.1"], None).await;
    let client = client(&server).ca_pem(authority.pem()).build().unwrap();
    let mut watches: Vec<_> = (0..35).map(|_| Watch::<Object>::new(client.clone(), from_1())).collect();
    let firsts = futures_util::future::join_all(watches.iter_mut().map(StreamExt::next)).await;
    assert!(firsts.iter().all(Option::is_some));
    assert_eq!(server.connections(), 4);
}

#[test]
fn an_invalid_configuration_is_refused_at_build_time() {
    let said = |builder: ClientBuilder| builder.build().unwrap_err().to_string();
    let https = || Client::builder("https://127.0.0.1:6443");
    assert!(said(https().ca_pem("no pem")).contains("certificate authority"));
    assert!(said(https().ca_file("/nowhere/ca.crt")).contains("/nowhere/ca.crt"));
    assert!(said(https().ca_pem(Authority::new("ours").pem()).client_pem("x", "y")).contains("client certificate"));
    assert!(said(Client::builder("127.0.0.1:6443")).contains("https://"));
    assert!(said(Client::builder("https://user:s3cret@127.0.0.1")).contains("user or password"));
    for url in ["https://[fe80::1%25eth0]:6443", "http://[fe80::1%25eth0]", "https://[fe80::1%25]"] {
        assert!(said(Client::builder(url)).contains("IPv6 zone"), "{url}");
    }
    assert!(said(https().proxy("http://[fe80::1%25eth0]:3128")).contains("IPv6 zone"));
    let odd = [
        "https://user:s3cret@127.0.0.1",
        "user:s3cret@127.0.0.1",
        "ftp://u:s3cret@h",
        "https://h /?t=s3cret",
        "https://h/?t=s3cret",
    ];
    for url in odd {
        assert!(!said(Client::builder(url)).contains("s3cret"), "{}", said(Client::builder(url)));
        assert!(!format!("{:?}", Client::builder(url)).contains("s3cret"), "{:?}", Client::builder(url));
    }
}
