//! The TLS configuration: trust and client identity.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::ClientConfig;
use rustls::client::ResolvesClientCert;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::error::ClientError;
use super::reread::Reread;
use super::roots::{Roots, WHAT};
use super::source::Source;
use super::verifier::Verifier;

/// The HTTP versions to offer, in order of preference.
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Which server certificates are trusted.
#[derive(Clone, Debug)]
pub(super) enum Trust {
    /// Those that the platform trusts.
    Platform,
    /// These certificates, and those signed by one of these.
    These(Source),
    Anything,
}

/// A client certificate with the chain above it, and its key.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) certificate: Source,
    pub(super) key: Source,
}

/// The TLS configuration of new connections, with the current content of the files.
pub(super) struct Tls {
    http1_only: bool,
    parts: Mutex<Parts>,
}

struct Parts {
    verifier: Reread<Arc<dyn ServerCertVerifier>>,
    identity: Option<Reread<Arc<dyn ResolvesClientCert>>>,
    /// The configuration that is made of both. It is kept until one of them changes, since it holds the TLS sessions to
    /// resume.
    config: Arc<ClientConfig>,
}

impl Tls {
    /// Reads all sources.
    pub(super) fn new(trust: Trust, identity: Option<Identity>, http1_only: bool) -> Result<Self, ClientError> {
        let verifier = match trust {
            Trust::Platform => Reread::new(Vec::new(), |_| platform())?,
            Trust::Anything => Reread::new(Vec::new(), |_| Ok(Arc::new(Verifier::any(&provider())) as _))?,
            Trust::These(source) => Reread::new(vec![(WHAT, source)], these)?,
        };
        let identity = match identity {
            Some(Identity { certificate, key }) => {
                Some(Reread::new(vec![(CLIENT_CERTIFICATE, certificate), (PRIVATE_KEY, key)], resolver)?)
            }
            None => None,
        };
        let config = config(verifier.value(), identity.as_ref().map(Reread::value), http1_only)?;
        Ok(Self { http1_only, parts: Mutex::new(Parts { verifier, identity, config }) })
    }

    /// Returns the configuration for a new connection. If a file can't be used now, the previous content stays.
    pub(super) fn config(&self) -> Arc<ClientConfig> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let Parts { verifier, identity, config: current } = &mut *parts;
        let is_new = verifier.refresh() | identity.as_mut().is_some_and(Reread::refresh);
        if is_new {
            match config(verifier.value(), identity.as_ref().map(Reread::value), self.http1_only) {
                Ok(new) => *current = new,
                Err(error) => {
                    tracing::warn!(%error, "can't use the new certificates; continuing with the previous ones");
                }
            }
        }
        Arc::clone(current)
    }
}

const CLIENT_CERTIFICATE: &str = "client certificate";
const PRIVATE_KEY: &str = "private key";

/// Returns `ring`, independent of the default provider of the process.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn config(
    verifier: &Arc<dyn ServerCertVerifier>,
    identity: Option<&Arc<dyn ResolvesClientCert>>,
    http1_only: bool,
) -> Result<Arc<ClientConfig>, ClientError> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(ClientError::tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(verifier));
    let mut config = match identity {
        Some(identity) => builder.with_client_cert_resolver(Arc::clone(identity)),
        None => builder.with_no_client_auth(),
    };
    let alpn = if http1_only { &ALPN[1..] } else { &ALPN[..] };
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Ok(Arc::new(config))
}

fn these(pem: &[Vec<u8>]) -> Result<Arc<dyn ServerCertVerifier>, ClientError> {
    Ok(Arc::new(Verifier::new(Roots::from_pem(&pem.concat())?, provider())?))
}

fn platform() -> Result<Arc<dyn ServerCertVerifier>, ClientError> {
    let found = rustls_native_certs::load_native_certs();
    let roots = Roots::new(found.certs.into_iter().map(Ok));
    // Every platform has certificates that can't be used any more.
    let (usable, unusable) = (roots.given.len(), roots.unusable.len());
    tracing::debug!(usable, unusable, errors = found.errors.len(), "read the platform's root certificates");
    if usable == 0 {
        let problems: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
        let problem = if problems.is_empty() { "none found".to_owned() } else { problems.join(", ") };
        return Err(ClientError::NoRoots { problem: problem.into() });
    }
    Ok(Arc::new(Verifier::new(roots, provider())?))
}

/// Fails also if the key doesn't belong to the certificate.
fn resolver(pem: &[Vec<u8>]) -> Result<Arc<dyn ResolvesClientCert>, ClientError> {
    let [certificate, key] = pem else { return Err(ClientError::HalfAnIdentity) };
    let chain = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| ClientError::pem(CLIENT_CERTIFICATE, error))?;
    if chain.is_empty() {
        return Err(ClientError::pem(CLIENT_CERTIFICATE, "it has none"));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| ClientError::pem(PRIVATE_KEY, error))?;
    let certified = CertifiedKey::from_der(chain, key, &provider()).map_err(ClientError::tls)?;
    Ok(Arc::new(SingleCertAndKey::from(certified)))
}
