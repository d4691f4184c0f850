//! What to do about a failed TLS handshake.
//!
//! The error of rustls names the problem; this adds what an operator can do about it.

use rustls::{CertificateError, Error, PeerIncompatible};

/// The prefix of rustls' text about an alert of the peer.
const ALERT: &str = "received fatal alert: ";
const UNSUPPORTED: &str = "it is signed in a way that isn't supported: ECDSA with SHA-512, P-521 and RSA below 2048 bits \
     are not; issue it with P-256 or P-384 and SHA-256 or SHA-384, Ed25519, or RSA";

/// Returns the advice for an error of the handshake; `None` if there is none.
pub(crate) fn of(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::InvalidCertificate(problem) => return of_certificate(problem),
        Error::AlertReceived(_) => return of_alert(&error.to_string()),
        Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13) => {
            "the server speaks neither TLS 1.2 nor 1.3: allow one of them there"
        }
        Error::PeerIncompatible(_) => "the server and this client have no version, cipher or signature in common",
        // The reply isn't TLS at all.
        Error::InvalidMessage(_) => "does the server speak TLS on this port? Check the URL's scheme and port",
        _ => return None,
    })
}

fn of_certificate(problem: &CertificateError) -> Option<&'static str> {
    Some(match problem {
        CertificateError::UnknownIssuer => {
            "no trusted authority signed it: give the one that did, or the server's certificate itself (`ca_file`, `ca_pem`)"
        }
        CertificateError::BadSignature => {
            "the trusted authority of that name has another key: give the authority's present certificate"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "renew the server's certificate, or set this machine's clock"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "set this machine's clock, or the server's certificate is for later"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "use one of the certificate's names in the URL, or say which to expect (`tls_server_name`)"
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the server needs a certificate whose extended key usage has serverAuth"
        }
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the server's certificate says CA:TRUE: give exactly that certificate (`ca_file`, `ca_pem`), or issue one with \
             CA:FALSE"
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => UNSUPPORTED,
        CertificateError::Other(other) if other.to_string().contains("UnsupportedSignatureAlgorithm") => UNSUPPORTED,
        _ => return None,
    })
}

/// Returns the advice for an alert of the peer, by its text: HTTP/2 keeps nothing else of an alert on an established
/// connection.
pub(crate) fn of_alert(text: &str) -> Option<&'static str> {
    let (_, alert) = text.split_once(ALERT)?;
    Some(match alert.split(|c: char| !c.is_alphanumeric()).next()? {
        "CertificateRequired" => "the server wants a client certificate: give one (`client_files`, `client_pem`)",
        "AccessDenied"
        | "BadCertificate"
        | "CertificateExpired"
        | "CertificateRevoked"
        | "CertificateUnknown"
        | "UnknownCA"
        | "UnsupportedCertificate" => {
            "the server doesn't accept the client certificate: give one from an authority that it trusts"
        }
        "HandshakeFailure" | "InsufficientSecurity" => {
            "the server has no cipher, or no certificate, that this client can use (P-521 and ECDSA with SHA-512 are not \
             supported), or wants a client certificate"
        }
        "ProtocolVersion" => "the server speaks neither TLS 1.2 nor 1.3: allow one of them there",
        "NoApplicationProtocol" => "the server speaks neither HTTP/2 nor HTTP/1.1 there",
        "UnrecognisedName" => {
            "the server doesn't know the host of the URL: say which name to ask for (`tls_server_name`)"
        }
        _ => return None,
    })
}
