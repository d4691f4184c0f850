//! etcd and kube-apiserver, together.

use core::fmt;
use core::time::Duration;
use std::io;
use std::time::SystemTime;

use serde_json::Value;

use super::access::Access;
use super::admin::Admin;
use super::assets::Assets;
use super::etcd::Etcd;
use super::files::{self, Files};
use super::free_port;
use super::guard::Guard;
use super::program::Program;
use super::token;

/// A real API server with its own etcd. Dropping it kills both programs. The end of the test's process also kills them.
pub struct Cluster {
    // They are dropped in this order.
    controllers: Option<Program>,
    kube_apiserver: Option<Program>,
    etcd: Etcd,
    guard: Guard,
    assets: Assets,
    arguments: Vec<String>,
    port: u16,
    files: Files,
}

/// The interval and the number of checks for readiness. A busy machine may need half a minute.
const AGAIN: Duration = Duration::from_millis(100);
const TIMES: u32 = 1200;

impl Cluster {
    /// Starts both programs and waits until they are ready. `flags` are added to those of kube-apiserver.
    ///
    /// # Errors
    /// Fails if they don't get ready; the error has their last output.
    pub async fn start(assets: &Assets, flags: &[&str]) -> io::Result<Self> {
        let guard = Guard::new()?;
        let files = Files::write(guard.directory())?;
        let etcd = Etcd::start(&assets.etcd, guard.directory()).await?;
        let port = free_port()?;
        let mut arguments = arguments(&etcd.url, port);
        arguments.extend(flags.iter().copied().map(str::to_owned));
        let assets = assets.clone();
        let mut cluster = Self { controllers: None, kube_apiserver: None, etcd, guard, assets, arguments, port, files };
        cluster.resume().await?;
        Ok(cluster)
    }

    /// Returns the access as the user who may do everything.
    pub fn access(&self) -> Access {
        self.access_with(&self.files.admin_token)
    }

    /// Returns the access as the user who may do only what RBAC grants. Its name is
    /// [`restricted_user`](Self::restricted_user).
    pub fn restricted_access(&self) -> Access {
        self.access_with(&self.files.restricted_token)
    }

    /// Returns the name of the restricted user, for RBAC.
    pub const fn restricted_user(&self) -> &'static str {
        files::RESTRICTED
    }

    /// Returns a token of this `ServiceAccount` that is refused from `until` on. The server accepts a token that it has
    /// cached for up to 10 s more.
    ///
    /// # Errors
    /// Fails if the token can't be signed.
    pub fn token_until(&self, account: &Value, until: SystemTime) -> io::Result<String> {
        token::sign(&self.files.service_account_key, account, until)
    }

    /// Returns the revision of etcd's store.
    ///
    /// # Errors
    /// Fails if etcd doesn't answer.
    pub async fn revision(&self) -> io::Result<u64> {
        self.etcd.revision().await
    }

    /// Compacts etcd's store up to now.
    ///
    /// # Errors
    /// Fails if etcd refuses.
    pub async fn compact(&self) -> io::Result<()> {
        self.etcd.compact(self.etcd.revision().await?).await
    }

    /// Copies the files of etcd's store. Both programs stop for that, and start again.
    ///
    /// # Errors
    /// Fails if they don't stop or don't get ready, or if the files can't be copied.
    pub async fn back_up(&mut self) -> io::Result<()> {
        self.kill()?;
        self.etcd.back_up().await?;
        self.resume().await
    }

    /// Kills kube-apiserver and restores etcd to its backup, whose revision is older; then both start again. As after a
    /// disaster, kube-apiserver starts first, and etcd `etcd_later` after it. By then, kube-apiserver's port accepts
    /// connections, but nothing answers yet.
    ///
    /// # Errors
    /// Fails if there is no backup, or as [`back_up`](Self::back_up) does.
    pub async fn restore(&mut self, etcd_later: Duration) -> io::Result<()> {
        self.kill()?;
        let program = Program::start(&self.assets.kube_apiserver, &self.arguments, self.guard.directory())?;
        self.kube_apiserver = Some(program);
        self.etcd.restore(etcd_later).await?;
        self.resume().await
    }

    /// Starts kube-controller-manager with these controllers, for example `garbage-collector-controller`. They begin some
    /// seconds later, when they have read the objects. They run until the cluster is dropped.
    ///
    /// # Errors
    /// Fails if there is no kube-controller-manager ([`Assets::have_controllers`]), or if it can't be started.
    pub fn start_controllers(&mut self, names: &[&str]) -> io::Result<()> {
        let Some(program) = &self.assets.kube_controller_manager else {
            return Err(io::Error::other("there is no kube-controller-manager in the directory of kube-apiserver"));
        };
        let directory = self.guard.directory();
        files::write_kubeconfig(directory, self.port, &self.files.admin_token)?;
        let arguments = [
            format!("--controllers={}", names.join(",")),
            format!("--kubeconfig={}", files::KUBECONFIG),
            "--leader-elect=false".into(),
            "--secure-port=0".into(),
        ];
        self.controllers = Some(Program::start(program, &arguments, directory)?);
        Ok(())
    }

    /// Kills kube-apiserver with SIGKILL. Returns when it has ended.
    ///
    /// # Errors
    /// Fails if it can't be killed.
    pub fn kill(&mut self) -> io::Result<()> {
        self.kube_apiserver.take().map_or(Ok(()), |mut program| program.kill())
    }

    /// Sends SIGTERM to kube-apiserver, which shuts down gracefully after this returns.
    ///
    /// # Errors
    /// Fails if it doesn't run.
    pub fn terminate(&self) -> io::Result<()> {
        match &self.kube_apiserver {
            Some(program) => program.terminate(),
            None => Err(io::Error::other("kube-apiserver isn't running")),
        }
    }

    /// Returns when kube-apiserver has ended, after [`terminate`](Self::terminate).
    ///
    /// # Errors
    /// Fails if it doesn't end in time.
    pub async fn gone(&mut self) -> io::Result<()> {
        let Some(program) = &mut self.kube_apiserver else { return Ok(()) };
        for _ in 0..TIMES {
            if program.ended()?.is_some() {
                self.kube_apiserver = None;
                return Ok(());
            }
            tokio::time::sleep(AGAIN).await;
        }
        Err(io::Error::other("timeout: kube-apiserver didn't end after SIGTERM"))
    }

    /// Starts kube-apiserver again on the same port, and waits until it is ready.
    ///
    /// # Errors
    /// Fails if it doesn't get ready; the error has its last output.
    pub async fn resume(&mut self) -> io::Result<()> {
        let admin = Admin::new(&self.access())?;
        let mut starts = 0;
        let mut words = String::new();
        for _ in 0..TIMES {
            let program = match &mut self.kube_apiserver {
                Some(program) => program,
                // Another process may use the port for a moment.
                None if starts < 3 => {
                    starts += 1;
                    let directory = self.guard.directory();
                    let program = Program::start(&self.assets.kube_apiserver, &self.arguments, directory)?;
                    self.kube_apiserver.insert(program)
                }
                None => break,
            };
            if let Some(status) = program.ended()? {
                words = format!("it ended, {status}:\n{}", program.last_output());
                self.kube_apiserver = None;
                continue;
            }
            if admin.get("/readyz").await.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            words = program.last_output();
            tokio::time::sleep(AGAIN).await;
        }
        Err(io::Error::other(format!("timeout: kube-apiserver didn't get ready: {words}")))
    }

    fn access_with(&self, token: &str) -> Access {
        Access::new(format!("https://127.0.0.1:{}", self.port))
            .certificate_authority(self.files.certificate_authority.as_str())
            .token(token)
    }
}

/// Paths are relative to the directory that it runs in.
fn arguments(etcd: &str, port: u16) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "--advertise-address=127.0.0.1",
        "--authorization-mode=RBAC",
        "--bind-address=127.0.0.1",
        "--cert-dir=.",
        "--disable-admission-plugins=ServiceAccount",
        "--endpoint-reconciler-type=none",
        // Tests decide when to compact.
        "--etcd-compaction-interval=0",
        "--service-account-key-file=sa.pub",
        "--service-account-signing-key-file=sa.key",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--tls-cert-file=server.crt",
        "--tls-private-key-file=server.key",
        "--token-auth-file=tokens.csv",
    ]
    .map(str::to_owned)
    .into();
    arguments.extend([
        format!("--etcd-servers={etcd}"),
        format!("--secure-port={port}"),
        format!("--service-account-issuer={}", token::ISSUER),
    ]);
    arguments
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cluster(https://127.0.0.1:{}, {})", self.port, self.guard.directory().display())
    }
}
