//! A kubeconfig for the server.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use watch_test::TestServer;

/// By which it is known again: the name of its context.
const NAME: &str = "watch-test";

/// How many names are tried for a file that must be new.
const NAMES: u32 = 100;

/// A kubeconfig in a file; one that was temporary is removed with the value.
#[derive(Debug)]
pub(super) struct Kubeconfig {
    path: PathBuf,
    is_temporary: bool,
}

impl Kubeconfig {
    /// Writes it, to a temporary file if no path is given.
    pub(super) fn write(server: &TestServer, path: Option<&Path>) -> Result<Self, String> {
        let config = config(server).map_err(|error| format!("can't make a key for the kubeconfig: {error}"))?;
        let text = format!("{config:#}\n");
        let Some(path) = path else {
            let directory = std::env::temp_dir();
            let (path, written) = create(&directory, "watch-test", ".kubeconfig", &text);
            written.map_err(|error| {
                format!("can't write the kubeconfig {}: {error}; choose a place with --kubeconfig", path.display())
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
            // If it is gone already, all the better.
            drop(std::fs::remove_file(&self.path));
        }
    }
}

/// Puts a file in the place of one that is from here, or of none. It is written beside it and moved there, so that
/// a link in its place is never followed, and half of it is never read.
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
    let refuse = |what: &str| Err(format!("{} is {what}; remove it, or choose another place", path.display()));
    match std::fs::symlink_metadata(path) {
        // What else is wrong with the place is found when it is written.
        Err(_) => Ok(()),
        Ok(metadata) if metadata.is_symlink() => refuse("a symbolic link, which isn't followed"),
        Ok(metadata) if !metadata.is_file() => refuse("there, and no file"),
        Ok(_) => {
            let present = std::fs::read(path).unwrap_or_default();
            let is_ours =
                serde_json::from_slice::<Value>(&present).is_ok_and(|config| config["current-context"] == NAME);
            if present.is_empty() || is_ours { Ok(()) } else { refuse("there, and not from here") }
        }
    }
}

/// Creates a file that only its owner may read, from its first byte on: it may hold a private key. Returns its path also
/// if it couldn't be written.
fn create(directory: &Path, name: &str, extension: &str, text: &str) -> (PathBuf, io::Result<()>) {
    let mut options = OpenOptions::new();
    // That it must be new means that no link is followed, either.
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
