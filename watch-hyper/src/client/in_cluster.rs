//! The service account of the pod that this process runs in.

use std::env;
use std::path::Path;

use super::builder::ClientBuilder;
use super::error::ClientError;

/// Where the kubelet puts the service account's files (`rest.InClusterConfig` of client-go).
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Reads the environment and the files that the kubelet gives every pod.
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::from_folder;
    use crate::ClientError;

    #[test]
    fn a_pod_without_a_token_gets_an_error_that_names_it() {
        let error = from_folder("10.0.0.1", "443", Path::new("/nowhere")).unwrap_err();
        assert!(matches!(&error, ClientError::NotInCluster { missing } if missing.contains("token")), "{error}");
    }

    #[test]
    fn the_address_may_be_of_either_kind() {
        let folder = std::env::temp_dir().join(format!("watch-hyper-in-cluster-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("token"), "token").unwrap();
        for (host, url) in [("10.0.0.1", "\"https://10.0.0.1:443\""), ("fd00::1", "\"https://[fd00::1]:443\"")] {
            let builder = format!("{:?}", from_folder(host, "443", &folder).unwrap());
            assert!(builder.contains(url) && builder.contains("ca.crt"), "{builder}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
