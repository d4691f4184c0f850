//! Whom to trust, and who we are.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::error::ClientError;
use super::insecure::AcceptAnyCertificate;

/// What HTTP versions to offer, in order of preference.
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Whose certificate the server must have.
#[derive(Debug, Default)]
pub(super) enum Trust {
    /// One that the platform trusts.
    #[default]
    Platform,
    /// One signed by these.
    Authorities(Vec<CertificateDer<'static>>),
    /// Any.
    Anything,
}

impl Trust {
    /// Only these certificate authorities.
    pub(super) fn authorities(pem: &[u8]) -> Result<Self, ClientError> {
        certificates("certificate authority", pem).map(Self::Authorities)
    }
}

/// A client certificate with the chain above it, and its key.
pub(super) struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    pub(super) fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, ClientError> {
        let chain = certificates("client certificate", certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| ClientError::pem("private key", error))?;
        Ok(Self { chain, key })
    }
}

/// A configuration for rustls with the `ring` provider, whatever the process's default provider is.
pub(super) fn config(trust: Trust, identity: Option<Identity>, http1_only: bool) -> Result<ClientConfig, ClientError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(ClientError::Tls)?;
    let builder = match trust {
        Trust::Platform => builder.with_webpki_verifier(verifier(platform_roots()?, provider)?),
        Trust::Authorities(certificates) => builder.with_webpki_verifier(verifier(only(certificates)?, provider)?),
        Trust::Anything => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(AcceptAnyCertificate::new(&provider)))
        }
    };
    let mut config = match identity {
        Some(identity) => builder.with_client_auth_cert(identity.chain, identity.key).map_err(ClientError::Tls)?,
        None => builder.with_no_client_auth(),
    };
    let alpn = if http1_only { &ALPN[1..] } else { &ALPN[..] };
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Ok(config)
}

fn verifier(roots: RootCertStore, provider: Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, ClientError> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| ClientError::pem("certificate authority", error))
}

fn only(certificates: Vec<CertificateDer<'static>>) -> Result<RootCertStore, ClientError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate).map_err(|error| ClientError::pem("certificate authority", error))?;
    }
    Ok(roots)
}

fn platform_roots() -> Result<RootCertStore, ClientError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, ignored) = roots.add_parsable_certificates(found.certs);
    tracing::debug!(added, ignored, errors = found.errors.len(), "read the platform's root certificates");
    if added > 0 {
        return Ok(roots);
    }
    let problems: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
    let problem = if problems.is_empty() { "none found".to_owned() } else { problems.join(", ") };
    Err(ClientError::NoRoots { problem: problem.into() })
}

fn certificates(what: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| ClientError::pem(what, error))?;
    if certificates.is_empty() { Err(ClientError::pem(what, "it has none")) } else { Ok(certificates) }
}
