//! The kubeconfig of the server.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use watch_test::TestServer;

/// The name of its context, by which the program recognizes its own files.
const NAME: &str = "watch-test";

/// How many names are tried for a new file.
const NAMES: u32 = 100;

/// A kubeconfig in a file. A temporary file is removed on drop.
#[derive(Debug)]
pub(super) struct Kubeconfig {
    path: PathBuf,
    is_temporary: bool,
}

impl Kubeconfig {
    /// Writes the kubeconfig, to a temporary file if no path is given.
    pub(super) fn write(server: &TestServer, path: Option<&Path>) -> Result<Self, String> {
        let config = config(server).map_err(|error| format!("can't generate a key for the kubeconfig: {error}"))?;
        let text = format!("{config:#}\n");
        let Some(path) = path else {
            let directory = std::env::temp_dir();
            let (path, written) = create(&directory, "watch-test", ".kubeconfig", &text);
            written.map_err(|error| {
                format!("can't write the kubeconfig {}: {error}; choose another path with --kubeconfig", path.display())
            })?;
            return Ok(Self { path, is_temporary: true });
        };
        replace(path, &text)?;
        Ok(Self { path: path.to_path_buf(), is_temporary: false })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Kubeconfig {
    fn drop(&mut self) {
        if self.is_temporary {
            // It may have been removed already.
            drop(std::fs::remove_file(&self.path));
        }
    }
}

/// Replaces a file that this program wrote, or creates it. The text is written to a temporary file beside it, which is
/// then renamed, so that a symbolic link is never followed and no reader sees half of the text.
fn replace(path: &Path, text: &str) -> Result<(), String> {
    check_ours(path)?;
    let cannot = |error: io::Error| format!("can't write the kubeconfig {}: {error}", path.display());
    let Some(name) = path.file_name() else { return Err(cannot(ErrorKind::InvalidInput.into())) };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let (beside, written) = create(directory, &format!(".{}", name.to_string_lossy()), ".new", text);
    written.and_then(|()| std::fs::rename(&beside, path)).map_err(|error| {
        drop(std::fs::remove_file(&beside));
        cannot(error)
    })
}

/// Refuses to replace the kubeconfig of another cluster.
fn check_ours(path: &Path) -> Result<(), String> {
    let refuse = |what: &str| {
        Err(format!(
            "can't write the kubeconfig {}: {what}; remove it, or choose another path with --kubeconfig",
            path.display()
        ))
    };
    match std::fs::symlink_metadata(path) {
        // Other errors are reported when the file is written.
        Err(_) => Ok(()),
        Ok(metadata) if metadata.is_symlink() => refuse("it is a symbolic link, which isn't followed"),
        Ok(metadata) if !metadata.is_file() => refuse("it exists, and isn't a file"),
        Ok(_) => {
            let present = std::fs::read(path).unwrap_or_default();
            let is_ours =
                serde_json::from_slice::<Value>(&present).is_ok_and(|config| config["current-context"] == NAME);
            if present.is_empty() || is_ours {
                Ok(())
            } else {
                refuse("it exists, and isn't a kubeconfig of watch-test")
            }
        }
    }
}

/// Creates a file that only its owner may read, since it may contain a private key. Returns its path even if it
/// couldn't be written.
fn create(directory: &Path, name: &str, extension: &str, text: &str) -> (PathBuf, io::Result<()>) {
    let mut options = OpenOptions::new();
    // Since it must be new, no symbolic link is followed.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let id = std::process::id();
    let mut tried = 0;
    loop {
        let number = if tried == 0 { String::new() } else { format!("-{tried}") };
        let path = directory.join(format!("{name}-{id}{number}{extension}"));
        match options.open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && tried < NAMES => tried += 1,
            opened => {
                let written = opened.and_then(|mut file: File| file.write_all(text.as_bytes()));
                return (path, written);
            }
        }
    }
}

fn config(server: &TestServer) -> io::Result<Value> {
    let mut cluster = json!({ "server": server.url() });
    let mut user = json!({});
    if let Some(authority) = server.certificate_authority() {
        let identity = server.client_identity(NAME)?;
        cluster["certificate-authority-data"] = STANDARD.encode(authority).into();
        user["client-certificate-data"] = STANDARD.encode(identity.certificate_pem).into();
        user["client-key-data"] = STANDARD.encode(identity.key_pem).into();
    }
    // JSON is YAML.
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": NAME,
        "clusters": [{ "name": NAME, "cluster": cluster }],
        "users": [{ "name": NAME, "user": user }],
        "contexts": [{ "name": NAME, "context": { "cluster": NAME, "user": NAME } }],
    }))
}
