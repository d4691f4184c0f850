//! The service account of the pod that this process runs in.

use std::env;
use std::path::Path;

use super::builder::ClientBuilder;
use super::error::ClientError;

/// Where the kubelet puts the service account's files (`rest.InClusterConfig` of client-go).
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Reads what the kubelet tells every pod.
pub(super) fn builder() -> Result<ClientBuilder, ClientError> {
    let variable = |name: &str| {
        let value = env::var(name).ok().filter(|value| !value.is_empty());
        value.ok_or_else(|| ClientError::NotInCluster { missing: format!("the variable {name}").into() })
    };
    let host = variable("KUBERNETES_SERVICE_HOST")?;
    let port = variable("KUBERNETES_SERVICE_PORT")?;
    from_folder(&host, &port, Path::new(SERVICE_ACCOUNT))
}

fn from_folder(host: &str, port: &str, folder: &Path) -> Result<ClientBuilder, ClientError> {
    let token = folder.join("token");
    if !token.exists() {
        return Err(ClientError::NotInCluster { missing: token.display().to_string().into() });
    }
    // An IPv6 address needs brackets in a URL.
    let url = if host.contains(':') { format!("https://[{host}]:{port}") } else { format!("https://{host}:{port}") };
    Ok(ClientBuilder::new(&url).token_file(token).ca_file(folder.join("ca.crt")))
}

/// The namespace of the pod that this process runs in.
pub(super) fn namespace() -> Result<String, ClientError> {
    let path = Path::new(SERVICE_ACCOUNT).join("namespace");
    let text = std::fs::read_to_string(&path).map_err(|source| ClientError::file("namespace", &path, source))?;
    Ok(text.trim().to_owned())
}
