//! TLS with its own certificate authority, generated at every start.

use core::net::IpAddr;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, ServerConnection};

use crate::model::CertificateName;

/// A client certificate and its key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientIdentity {
    /// The certificate, in PEM.
    pub certificate_pem: String,
    /// Its private key, in PEM.
    pub key_pem: String,
}

#[derive(Debug)]
pub(crate) struct Authority {
    certificate_pem: String,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    /// The user of each client certificate.
    clients: Mutex<BTreeMap<Vec<u8>, String>>,
}

impl Authority {
    pub(crate) fn new() -> io::Result<Self> {
        let mut params = params("watch-test CA", &[])?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        Ok(Self {
            certificate_pem: certificate.pem(),
            certificate: certificate.der().clone(),
            issuer: Issuer::new(params, key),
            clients: Mutex::default(),
        })
    }

    pub(crate) fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Creates a server for `localhost`, the loopback addresses and its own address. Clients may authenticate with a
    /// certificate of this authority.
    pub(crate) fn acceptor(&self, own: IpAddr) -> io::Result<TlsAcceptor> {
        let mut params = params("kube-apiserver", &["localhost", "127.0.0.1", "::1", &own.to_string()])?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).map_err(io::Error::other)?;
        let provider = Arc::new(ring::default_provider());
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .allow_unauthenticated()
            .build()
            .map_err(io::Error::other)?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![certificate.der().clone()], key_der(&key))
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Creates a client certificate for a user with this name.
    pub(crate) fn client(&self, name: &str) -> io::Result<ClientIdentity> {
        let mut params = params(name, &[])?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.insert(certificate.der().to_vec(), name.to_owned());
        Ok(ClientIdentity { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
    }

    /// Returns the user of the client's certificate, if the client sent one.
    pub(crate) fn name_of(&self, connection: &ServerConnection) -> Option<CertificateName> {
        let shown = connection.peer_certificates()?.first()?;
        let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.get(shown.as_ref()).map(CertificateName::new)
    }
}

fn params(common_name: &str, names: &[&str]) -> io::Result<CertificateParams> {
    let names: Vec<String> = names.iter().copied().map(str::to_owned).collect();
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    Ok(params)
}

fn key_der(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.serialize_der()).into()
}
