//! A kubeconfig for the server.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use watch_test::TestServer;

/// By which it is known again.
const BEGINNING: &str = "apiVersion: v1\nkind: Config\ncurrent-context: watch-test\n";

/// A kubeconfig in a file; one that was temporary is removed with the value.
#[derive(Debug)]
pub(super) struct Kubeconfig {
    path: PathBuf,
    is_temporary: bool,
}

impl Kubeconfig {
    /// Writes it, to a temporary file if no path is given.
    pub(super) fn write(server: &TestServer, path: Option<&Path>) -> Result<Self, String> {
        let is_temporary = path.is_none();
        let path = path.map_or_else(
            || std::env::temp_dir().join(format!("watch-test-{}.kubeconfig", std::process::id())),
            Path::to_path_buf,
        );
        // Whoever points it at the kubeconfig that he lives by shall keep that.
        if std::fs::read(&path).is_ok_and(|present| !present.is_empty() && !present.starts_with(BEGINNING.as_bytes())) {
            return Err(format!("{} is there, and not from here; remove it, or choose another place", path.display()));
        }
        // It may hold a private key, from its first byte on, and also if the file was there.
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let text = text(server).map_err(|error| format!("can't make a key for the kubeconfig: {error}"))?;
        let written = options.open(&path).and_then(|mut file| {
            #[cfg(unix)]
            file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
            file.write_all(text.as_bytes())
        });
        written.map_err(|error| {
            let choose = if is_temporary { "; choose a place with --kubeconfig" } else { "" };
            format!("can't write the kubeconfig {}: {error}{choose}", path.display())
        })?;
        Ok(Self { path, is_temporary })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Kubeconfig {
    fn drop(&mut self) {
        if self.is_temporary {
            // If it is gone already, all the better.
            drop(std::fs::remove_file(&self.path));
        }
    }
}

fn text(server: &TestServer) -> io::Result<String> {
    let mut cluster = format!("server: {}", server.url());
    let mut user = "{}".to_owned();
    if let Some(authority) = server.certificate_authority() {
        let identity = server.client_identity("watch-test")?;
        cluster += &format!(", certificate-authority-data: {}", STANDARD.encode(authority));
        user = format!(
            "{{ client-certificate-data: {}, client-key-data: {} }}",
            STANDARD.encode(identity.certificate_pem),
            STANDARD.encode(identity.key_pem)
        );
    }
    Ok(format!(
        "{BEGINNING}\
         clusters: [{{ name: watch-test, cluster: {{ {cluster} }} }}]\n\
         users: [{{ name: watch-test, user: {user} }}]\n\
         contexts: [{{ name: watch-test, context: {{ cluster: watch-test, user: watch-test }} }}]\n"
    ))
}
