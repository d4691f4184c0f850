//! Verifies the certificate of a server.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use x509_cert::der::Decode;
use x509_cert::der::oid::db::rfc5280::{ANY_EXTENDED_KEY_USAGE, ID_KP_SERVER_AUTH};
use x509_cert::ext::pkix::ExtendedKeyUsage;

use super::certificate::Certificate;
use super::error::ClientError;
use super::roots::{Roots, WHAT};

/// Verifies servers. The server must have the key of its certificate, even if any certificate is trusted.
#[derive(Debug)]
pub(super) struct Verifier {
    trusted: Trusted,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
enum Trusted {
    /// Any certificate, for test clusters. An attacker on the network can read and change everything, including the
    /// token.
    Any,
    /// What rustls trusts, and beyond that a server whose certificate is, byte for byte, one of those given.
    ///
    /// Go does so (`x509.Certificate.Verify`: `if opts.Roots.contains(c)`), and so does kubectl. WebPKI accepts trust
    /// anchors only as issuers. It refuses a self-signed server certificate with `CA:TRUE` (openssl's default for `req
    /// -x509`) with `CaUsedAsEndEntity`. It refuses a server certificate that was given alone with `UnknownIssuer`.
    Given {
        /// `None` if none of the given certificates can have signed another.
        chain: Option<Arc<WebPkiServerVerifier>>,
        certificates: Vec<CertificateDer<'static>>,
    },
}

impl Verifier {
    pub(super) const fn any(provider: &CryptoProvider) -> Self {
        Self { trusted: Trusted::Any, algorithms: provider.signature_verification_algorithms }
    }

    pub(super) fn new(roots: Roots, provider: Arc<CryptoProvider>) -> Result<Self, ClientError> {
        let algorithms = provider.signature_verification_algorithms;
        let chain = if roots.anchors.is_empty() {
            None
        } else {
            let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots.anchors), provider);
            Some(builder.build().map_err(|error| ClientError::pem(WHAT, error))?)
        };
        Ok(Self { trusted: Trusted::Given { chain, certificates: roots.given }, algorithms })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.trusted {
            Trusted::Any => Ok(ServerCertVerified::assertion()),
            Trusted::Given { certificates, .. } if certificates.contains(certificate) => {
                verify_given(certificate, name, now)
            }
            Trusted::Given { chain: Some(chain), .. } => {
                chain.verify_server_cert(certificate, intermediates, name, ocsp_response, now)
            }
            Trusted::Given { chain: None, .. } => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    // The peer must have the key of the certificate that it presents, regardless of why that is trusted.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Checks a certificate that is trusted itself, as Go does: its name, its validity period, its use for servers, and
/// that it has no unknown critical extension. Its signature isn't checked, and neither is the basic key usage, which
/// neither Go nor WebPKI checks in a server certificate.
fn verify_given(
    certificate: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, Error> {
    let parsed = Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)?;
    let parsed = parsed.tbs_certificate();
    let [not_before, not_after] = [parsed.validity().not_before, parsed.validity().not_after]
        .map(|time| UnixTime::since_unix_epoch(time.to_unix_duration()));
    if now < not_before {
        return Err(CertificateError::NotValidYetContext { time: now, not_before }.into());
    }
    if now > not_after {
        return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
    }
    let usage = parsed.get_extension::<ExtendedKeyUsage>().map_err(|_| CertificateError::BadEncoding)?;
    if usage.is_some_and(|(_, usage)| {
        !usage.0.iter().any(|usage| [ID_KP_SERVER_AUTH, ANY_EXTENDED_KEY_USAGE].contains(usage))
    }) {
        return Err(CertificateError::InvalidPurpose.into());
    }
    // This also refuses critical extensions that it doesn't know.
    rustls::client::verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
    Ok(ServerCertVerified::assertion())
}
