//! The certificates by which a server is trusted.

use rustls::RootCertStore;
use rustls::server::ParsedCertificate;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::oid::db::{rfc5912, rfc8410};
use x509_cert::der::{Decode, Reader, SliceReader};
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::certificate::Certificate;
use super::error::ClientError;

/// The name of these certificates in errors.
pub(super) const WHAT: &str = "certificate authority";
/// RSA keys that ring verifies with (`RSA_PKCS1_2048_8192_SHA256`).
const RSA_BITS: core::ops::RangeInclusive<usize> = 2048..=8192;

/// The certificates that were given as trusted.
#[derive(Debug)]
pub(super) struct Roots {
    /// The certificates that may have signed the server's certificate.
    pub(super) anchors: RootCertStore,
    /// All certificates: each may be the server's certificate itself.
    pub(super) given: Vec<CertificateDer<'static>>,
    /// The number (from 1 on) of each certificate that can't be used, and the reason.
    pub(super) unusable: Vec<(usize, String)>,
}

impl Roots {
    /// Reads a PEM bundle. Certificates that can't be used are skipped with a warning (Go's
    /// `CertPool.AppendCertsFromPEM` skips them without one). Fails if none is left.
    pub(super) fn from_pem(pem: &[u8]) -> Result<Self, ClientError> {
        let certificates: Vec<_> = sections(pem)
            .filter(|section| section.starts_with(b"-----BEGIN CERTIFICATE"))
            .filter_map(|section| CertificateDer::pem_slice_iter(section).next())
            .map(|certificate| certificate.map_err(|error| error.to_string()))
            .collect();
        let count = certificates.len();
        let roots = Self::new(certificates);
        if roots.given.is_empty() {
            let problems: Vec<_> =
                roots.unusable.iter().map(|(number, why)| format!("certificate {number}: {why}")).collect();
            let problem = if problems.is_empty() { "it has none".to_owned() } else { problems.join("; ") };
            return Err(ClientError::pem(WHAT, problem));
        }
        for (number, why) in &roots.unusable {
            tracing::warn!(
                "certificate {number} of {count} in the PEM of certificate authorities can't be used: {why}"
            );
        }
        Ok(roots)
    }

    pub(super) fn new(certificates: impl IntoIterator<Item = Result<CertificateDer<'static>, String>>) -> Self {
        let mut roots = Self { anchors: RootCertStore::empty(), given: Vec::new(), unusable: Vec::new() };
        for (index, certificate) in certificates.into_iter().enumerate() {
            if let Err(why) = certificate.and_then(|certificate| roots.add(certificate)) {
                roots.unusable.push((index + 1, why));
            }
        }
        roots
    }

    fn add(&mut self, certificate: CertificateDer<'static>) -> Result<(), String> {
        let parsed = Certificate::from_der(&certificate);
        // rustls may be able to read a certificate that this parser can't.
        let (problem, can_sign) = match &parsed {
            Ok(parsed) => (of_key(parsed.tbs_certificate().subject_public_key_info()), can_sign(parsed)),
            Err(_) => (None, true),
        };
        if let Some(problem) = problem {
            return Err(problem);
        }
        let added = if can_sign {
            self.anchors.add(certificate.clone())
        } else {
            ParsedCertificate::try_from(&certificate).map(drop)
        };
        added.map_err(|error| format!("it can't be read as a certificate ({error})"))?;
        self.given.push(certificate);
        Ok(())
    }
}

/// Splits the text before each section, so that an error in one section (no end, no base64) doesn't affect the next.
fn sections(pem: &[u8]) -> impl Iterator<Item = &[u8]> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let starts: Vec<_> =
        pem.windows(BEGIN.len()).enumerate().filter(|(_, at)| *at == BEGIN).map(|(at, _)| at).collect();
    let ends = starts.clone().into_iter().skip(1).chain([pem.len()]);
    starts.into_iter().zip(ends).filter_map(|(from, to)| pem.get(from..to))
}

/// Whether Go accepts it as the issuer of another certificate (`x509.Certificate.CheckSignatureFrom`). rustls accepts
/// any trust anchor, but the key of a server certificate must not sign for others.
fn can_sign(certificate: &Certificate) -> bool {
    let certificate = certificate.tbs_certificate();
    let is_ca =
        || certificate.get_extension::<BasicConstraints>().is_ok_and(|found| found.is_some_and(|(_, basic)| basic.ca));
    // Certificates before version 3 have no extensions.
    certificate.version() != Version::V3 || is_ca()
}

/// Returns why ring can't verify signatures of such a key.
fn of_key(key: &SubjectPublicKeyInfoOwned) -> Option<String> {
    let algorithm = key.algorithm.oid;
    if algorithm == rfc5912::ID_EC_PUBLIC_KEY {
        let curve = key.algorithm.parameters.as_ref().and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
        return match curve {
            Some(rfc5912::SECP_256_R_1 | rfc5912::SECP_384_R_1) => None,
            Some(rfc5912::SECP_521_R_1) => {
                Some("its key is on the curve P-521, which isn't supported (P-256 and P-384 are)".into())
            }
            Some(curve) => {
                Some(format!("its key is on the curve {curve}, which isn't supported (P-256 and P-384 are)"))
            }
            None => Some("its key is on an unnamed curve, which isn't supported (P-256 and P-384 are)".into()),
        };
    }
    if algorithm == rfc5912::RSA_ENCRYPTION {
        let Some(bits) = rsa_bits(key) else { return Some("its RSA key can't be read".into()) };
        return (!RSA_BITS.contains(&bits)).then(|| {
            format!("its RSA key has {bits} bits, and only {} to {} are supported", RSA_BITS.start(), RSA_BITS.end())
        });
    }
    (algorithm != rfc8410::ID_ED_25519)
        .then(|| format!("its key has the algorithm {algorithm}, which isn't supported (RSA, ECDSA and Ed25519 are)"))
}

/// Returns the size of the modulus, rounded up to bytes as ring does; `None` if the key can't be read.
fn rsa_bits(key: &SubjectPublicKeyInfoOwned) -> Option<usize> {
    // RFC 8017, A.1.1: RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
    let key = key.subject_public_key.as_bytes()?;
    let modulus = SliceReader::new(key).ok()?.sequence(|key| {
        let modulus = UintRef::decode(key)?;
        UintRef::decode(key)?;
        Ok::<_, x509_cert::der::Error>(modulus)
    });
    Some(8 * modulus.ok()?.as_bytes().len())
}
