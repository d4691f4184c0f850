//! Which servers are trusted, and the errors for the others.

use core::time::Duration;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose as Purpose, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tracing::Level;
use watch_hyper::Client;

use crate::log::Log;
use crate::server::{Server, Tls};
use crate::tls::{Authority, client, config, first, refusal, serve};

const CA: IsCa = IsCa::Ca(BasicConstraints::Unconstrained);

/// The parameters of a usual server certificate for this machine.
fn params(is_ca: IsCa) -> CertificateParams {
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "server");
    params.is_ca = is_ca;
    params
}

/// A server's TLS with this certificate and key, even if they don't belong together.
fn unchecked(pem: &str, key: &KeyPair, versions: &[&'static rustls::SupportedProtocolVersion]) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()];
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key))))
}

/// A certificate, and a server that shows it.
struct Shown {
    pem: String,
    server: Server,
}

impl Shown {
    async fn new(pem: String, key: &KeyPair) -> Self {
        let server = serve(Tls::new(config(&pem, &key.serialize_pem(), None))).await;
        Self { pem, server }
    }

    async fn self_signed(params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        Self::new(params.self_signed(&key).unwrap().pem(), &key).await
    }

    /// It trusts nothing else than the certificate that the server shows.
    fn client(&self) -> watch_hyper::ClientBuilder {
        client(&self.server).ca_pem(self.pem.clone())
    }
}

#[tokio::test]
async fn a_server_whose_certificate_was_given_itself_is_trusted() {
    for is_ca in [CA, IsCa::Ca(BasicConstraints::Constrained(0)), IsCa::NoCa, IsCa::ExplicitNoCa] {
        let shown = Shown::self_signed(params(is_ca)).await;
        assert_eq!(first(shown.client()).await, "http2", "{is_ca:?}");
        assert_eq!(first(shown.client().http1_only()).await, "http1", "{is_ca:?}");
        // Among others.
        let bundle = format!("{}{}", Authority::new("other").pem(), shown.pem);
        assert_eq!(first(client(&shown.server).ca_pem(bundle)).await, "http2", "{is_ca:?}");
    }
    // A leaf, given without the authority that signed it.
    for is_ca in [CA, IsCa::NoCa] {
        let key = KeyPair::generate().unwrap();
        let pem = params(is_ca).signed_by(&key, &Authority::new("ours").issuer).unwrap().pem();
        let shown = Shown::new(pem, &key).await;
        assert_eq!(first(shown.client()).await, "http2", "{is_ca:?}");
        assert_eq!(first(shown.client().http1_only()).await, "http1", "{is_ca:?}");
    }
}

#[tokio::test]
async fn name_time_and_purpose_of_a_given_certificate_are_checked() {
    for is_ca in [CA, IsCa::NoCa] {
        let shown = |change: fn(&mut CertificateParams)| {
            let mut params = params(is_ca);
            change(&mut params);
            Shown::self_signed(params)
        };
        let other_name =
            shown(|params| params.subject_alt_names = vec![rcgen::SanType::DnsName("api.test".try_into().unwrap())])
                .await;
        let said = refusal(other_name.client()).await;
        assert!(said.contains("not valid for name") && said.contains("tls_server_name"), "{said}");
        assert_eq!(first(other_name.client().tls_server_name("api.test")).await, "http2");
        let said = refusal(shown(|params| params.subject_alt_names.clear()).await.client()).await;
        assert!(said.contains("not valid for"), "{said}");

        let said = refusal(shown(|params| params.not_after = rcgen::date_time_ymd(2020, 1, 1)).await.client()).await;
        assert!(said.contains("expired") && said.contains("renew"), "{said}");
        let said = refusal(shown(|params| params.not_before = rcgen::date_time_ymd(2090, 1, 1)).await.client()).await;
        assert!(said.contains("not valid yet") && said.contains("clock"), "{said}");

        let said = refusal(shown(|params| params.extended_key_usages = vec![Purpose::ClientAuth]).await.client()).await;
        assert!(said.contains("InvalidPurpose") && said.contains("serverAuth"), "{said}");
        for purposes in [
            (|params| params.extended_key_usages = vec![Purpose::ServerAuth]) as fn(&mut CertificateParams),
            |params| params.extended_key_usages = vec![Purpose::ClientAuth, Purpose::ServerAuth],
            |params| params.extended_key_usages = vec![Purpose::Any],
        ] {
            assert_eq!(first(shown(purposes).await.client()).await, "http2");
        }
        let mut unknown = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        unknown.set_criticality(true);
        let mut params = params(is_ca);
        params.custom_extensions.push(unknown);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let server = serve(Tls::new(unchecked(&pem, &key, rustls::DEFAULT_VERSIONS))).await;
        let said = refusal(client(&server).ca_pem(pem + &Authority::new("other").pem())).await;
        assert!(said.contains("UnsupportedCriticalExtension"), "{said}");
    }
}

#[tokio::test]
async fn only_those_bytes_are_trusted() {
    // The same key, the same names, another certificate.
    for is_ca in [CA, IsCa::NoCa] {
        let key = KeyPair::generate().unwrap();
        let given = params(is_ca).self_signed(&key).unwrap().pem();
        let mut other = params(is_ca);
        other.serial_number = Some(vec![7].into());
        let shown = Shown::new(other.self_signed(&key).unwrap().pem(), &key).await;
        let said = refusal(client(&shown.server).ca_pem(given)).await;
        assert!(said.contains("UnknownIssuer") || said.contains("CaUsedAsEndEntity"), "{said}");
    }
}

#[tokio::test]
async fn a_given_certificate_that_is_no_authority_signs_no_other() {
    let (given_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let given = params(IsCa::NoCa);
    let given_pem = given.self_signed(&given_key).unwrap().pem();
    let pem = params(IsCa::NoCa).signed_by(&key, &Issuer::new(given, given_key)).unwrap().pem();
    let shown = Shown::new(pem, &key).await;
    let said = refusal(client(&shown.server).ca_pem(given_pem)).await;
    assert!(said.contains("UnknownIssuer") && said.contains("ca_file"), "{said}");
}

#[tokio::test]
async fn an_authority_as_a_server_is_trusted_only_if_given_itself() {
    let (authority, key) = (Authority::new("ours"), KeyPair::generate().unwrap());
    let shown = Shown::new(params(CA).signed_by(&key, &authority.issuer).unwrap().pem(), &key).await;
    let said = refusal(client(&shown.server).ca_pem(authority.pem())).await;
    assert!(said.contains("CaUsedAsEndEntity") && said.contains("CA:TRUE: give exactly that certificate"), "{said}");
    assert_eq!(first(client(&shown.server).ca_pem(authority.pem() + &shown.pem)).await, "http2");
}

/// Presents a certificate without having its key.
#[tokio::test]
async fn a_given_certificate_shown_by_another_is_not_trusted() {
    for is_ca in [CA, IsCa::NoCa] {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let pem = params(is_ca).self_signed(&key).unwrap().pem();
        for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
            let server = serve(Tls::new(unchecked(&pem, &other, &[version]))).await;
            let said = refusal(client(&server).ca_pem(pem.clone())).await;
            assert!(said.contains("BadSignature"), "{said}");
        }
    }
}

/// Certificates that can't be used, and the errors for them.
fn unusable() -> [(String, &'static str); 5] {
    let good = Authority::new("broken").pem();
    [
        (good.replace("\nMII", "\nM*I"), "base64"),
        (good.replace("-----END CERTIFICATE-----", ""), "end"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(), "can't be read"),
        (good.replacen("\nMII", "\nMIA", 1), "can't be read"),
        (include_str!("certificates/p521.pem").to_owned(), "P-521"),
    ]
}

#[tokio::test]
async fn an_unusable_certificate_of_a_bundle_is_named_and_skipped() {
    let authority = Authority::new("ours");
    let (pem, key) = authority.issue(&["127.0.0.1"]);
    let server = serve(Tls::new(config(&pem, &key, None))).await;
    for (broken, why) in unusable() {
        for (bundle, number) in
            [(format!("{broken}{}", authority.pem()), "1 of 2"), (format!("{}{broken}", authority.pem()), "2 of 2")]
        {
            let log = Log::default();
            let builder = client(&server).ca_pem(bundle.clone());
            let built = tracing::subscriber::with_default(log.subscriber(Level::WARN), || builder.build());
            assert!(built.is_ok(), "{built:?}");
            let warning = log.text();
            assert!(
                warning.contains(&format!("certificate {number}"))
                    && warning.to_lowercase().contains(&why.to_lowercase()),
                "{why}: {warning}"
            );
            assert_eq!(first(client(&server).ca_pem(bundle)).await, "http2");
        }
        let error = Client::builder("https://127.0.0.1:1").ca_pem(broken).build().unwrap_err().to_string();
        assert!(error.contains("certificate 1") && error.to_lowercase().contains(&why.to_lowercase()), "{error}");
    }
    // Text around certificates, and sections of another kind, are not mistakes.
    let bundle = format!("# ours\n{}{}", KeyPair::generate().unwrap().serialize_pem(), authority.pem());
    let log = Log::default();
    let builder = client(&server).ca_pem(bundle);
    drop(tracing::subscriber::with_default(log.subscriber(Level::WARN), || builder.build()).unwrap());
    assert_eq!(log.text(), "");
}

#[tokio::test]
async fn keys_that_ring_can_not_verify_are_named() {
    let (pem, key) = (include_str!("certificates/sha512-server.pem"), include_str!("certificates/sha512-server.key"));
    let server = serve(Tls::new(config(pem, key, None))).await;
    let said = refusal(client(&server).ca_pem(include_str!("certificates/sha512-authority.pem"))).await;
    assert!(said.contains("ECDSA with SHA-512"), "{said}");
    // Given itself, the signature on it doesn't matter.
    assert_eq!(first(client(&server).ca_pem(pem)).await, "http2");

    // A server that has a key on P-521 alone finds no signature that the client can verify.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let mut hello = [0; 4096];
            let _ = tokio::time::timeout(Duration::from_secs(5), tcp.read(&mut hello)).await;
            // An alert, fatal: handshake_failure.
            let _ = tcp.write_all(&[21, 3, 3, 0, 2, 2, 40]).await;
        }
    });
    let said = refusal(Client::builder(&url).ca_pem(Authority::new("ours").pem())).await;
    assert!(said.contains("HandshakeFailure") && said.contains("P-521"), "{said}");
}
