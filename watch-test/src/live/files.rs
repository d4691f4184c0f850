//! The files that kube-apiserver needs: certificates, keys, users.

use std::fs;
use std::io;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use serde_json::json;

/// The credentials of a cluster. Each cluster has its own.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) certificate_authority: String,
    pub(super) admin_token: String,
    pub(super) restricted_token: String,
    /// The key that signs the tokens of service accounts, in PKCS #8.
    pub(super) service_account_key: Vec<u8>,
}

/// The names of the users.
pub(super) const ADMIN: &str = "admin";
pub(super) const RESTRICTED: &str = "restricted";

impl Files {
    /// Writes `ca.crt`, `server.crt`, `server.key`, `sa.key`, `sa.pub` and `tokens.csv`.
    pub(super) fn write(directory: &Path) -> io::Result<Self> {
        let key = || KeyPair::generate().map_err(io::Error::other);
        let (authority, server, service_accounts) = (key()?, key()?, key()?);

        let mut params = named("watch-test CA", &[])?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&authority).map_err(io::Error::other)?.pem();
        let issuer = Issuer::new(params, authority);
        let mut params = named("kube-apiserver", &["localhost", "127.0.0.1"])?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&server, &issuer).map_err(io::Error::other)?;

        // Only this process and its children can reach the server, so the tokens needn't be hard to guess.
        let (admin_token, restricted_token) = ("token-of-admin".to_owned(), "token-of-restricted".to_owned());
        let tokens = format!(
            "{admin_token},{ADMIN},1,\"system:masters\"\n{restricted_token},{RESTRICTED},2,\"system:authenticated\"\n"
        );

        for (name, text) in [
            ("ca.crt", ca.as_str()),
            ("server.crt", &certificate.pem()),
            ("server.key", &server.serialize_pem()),
            ("sa.key", &service_accounts.serialize_pem()),
            ("sa.pub", &service_accounts.public_key_pem()),
            ("tokens.csv", &tokens),
        ] {
            fs::write(directory.join(name), text)?;
        }
        let service_account_key = service_accounts.serialize_der();
        Ok(Self { certificate_authority: ca, admin_token, restricted_token, service_account_key })
    }
}

/// The kubeconfig of the administrator.
pub(super) const KUBECONFIG: &str = "kubeconfig";

/// Writes [`KUBECONFIG`], in JSON, which is YAML.
pub(super) fn write_kubeconfig(directory: &Path, port: u16, token: &str) -> io::Result<()> {
    let kubeconfig = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "it",
        "contexts": [{ "name": "it", "context": { "cluster": "it", "user": ADMIN } }],
        "clusters": [{ "name": "it", "cluster": {
            "server": format!("https://127.0.0.1:{port}"), "certificate-authority": "ca.crt" } }],
        "users": [{ "name": ADMIN, "user": { "token": token } }],
    });
    fs::write(directory.join(KUBECONFIG), kubeconfig.to_string())
}

fn named(common_name: &str, names: &[&str]) -> io::Result<CertificateParams> {
    let names: Vec<String> = names.iter().copied().map(str::to_owned).collect();
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    params.distinguished_name.push(DnType::CommonName, common_name);
    Ok(params)
}
