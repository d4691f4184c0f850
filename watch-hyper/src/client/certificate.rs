//! Certificates, as far as they are read here.

use x509_cert::certificate::{CertificateInner, Raw};

/// A certificate that may break the rules of RFC 5280 that don't matter here, such as the length of its serial number.
pub(super) type Certificate = CertificateInner<Raw>;
