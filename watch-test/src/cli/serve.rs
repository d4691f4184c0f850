//! `watch-test serve`

use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::json;
use watch_core::ResourceName;
use watch_test::TestServer;
use watch_test::fault::Rule;
use watch_test::model::Release;

use super::churn::Churn;
use super::interruption::Interruption;
use super::kubeconfig::Kubeconfig;
use super::status::StatusLine;
use super::summary::Summary;

/// The interval between rounds of changes, and the longest time of one round.
const TICK: Duration = Duration::from_millis(20);

/// Serves objects that change, with optional faults, until Ctrl-C or SIGTERM.
#[derive(Args, Debug)]
#[command(
    allow_negative_numbers = true,
    after_help = "Faults are JSON, for example:\n  \
    --fault '{\"on\":{\"verb\":\"watch\"},\"times\":3,\"refuse\":{\"status\":429,\"retryAfter\":1}}'\n  \
    --fault '{\"on\":{\"verb\":\"watch\",\"resource\":\"pods\"},\"cut\":{\"afterBytes\":5000,\"end\":\"cut\"}}'\n\
    To add more while the server runs, POST them to /-/faults."
)]
pub(crate) struct Serve {
    /// The address to listen on. Anyone who can reach it may do anything to the server
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The port; 0 chooses a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Serve HTTPS, with a new certificate authority
    #[arg(long)]
    tls: bool,
    /// The release of Kubernetes whose answers the server gives: 1.36 or 1.37
    #[arg(long, value_name = "RELEASE", default_value_t)]
    kubernetes: Release,
    /// The resource of the objects, as for kubectl: pods, deployments.apps, widgets.v1.example.com
    #[arg(long, value_name = "RESOURCE[.VERSION][.GROUP]", default_value = "configmaps")]
    resource: ResourceName,
    /// The number of objects to create at the start
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = integer::<0, 1_000_000>)]
    objects: usize,
    /// The number of changes per second to the objects
    #[arg(long, value_name = "RATE", default_value_t = 0.0, value_parser = rate)]
    churn: f64,
    /// The size of each object's data, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 100, value_parser = integer::<0, 1_048_576>)]
    size: usize,
    /// How many events back a watch may start [default: grows with the traffic]
    #[arg(long, value_name = "N", value_parser = integer::<1, 1_000_000_000>)]
    window: Option<usize>,
    /// The interval of bookmarks, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = integer::<1, 31_536_000>)]
    bookmarks: usize,
    /// A fault, and the requests that it applies to; can be repeated
    #[arg(long = "fault", value_name = "JSON", value_parser = fault)]
    faults: Vec<Rule>,
    /// The seed of uids, generated names and changes
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Write a line for each request to the standard error when its reply begins
    #[arg(long)]
    log: bool,
    /// The file to write the kubeconfig to, as JSON [default: a temporary file]
    #[arg(long, value_name = "PATH")]
    kubeconfig: Option<PathBuf>,
}

impl Serve {
    pub(super) fn execute(self) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("can't start: {error}"))?;
        runtime.block_on(self.run())
    }

    async fn run(self) -> Result<(), String> {
        // From here on, a signal results in a summary, and the temporary file is removed.
        let mut interrupted = core::pin::pin!(Interruption::new()?.wait());
        let mut status = StatusLine::new();
        let server = self.start(&status)?;
        let began = Instant::now();
        let mut churn = Churn::new(self.seed, &self.resource.to_string(), self.objects);
        tokio::select! {
            result = &mut interrupted => result,
            result = self.serve(&server, &mut churn, &mut status) => result,
        }?;
        drop(status);
        // A closed standard error isn't a failure.
        drop(writeln!(io::stderr(), "{}", Summary::new(&server, churn.made(), began.elapsed())));
        Ok(())
    }

    /// Runs until it is dropped.
    async fn serve(&self, server: &TestServer, churn: &mut Churn, status: &mut StatusLine) -> Result<(), String> {
        self.fill(server, status).await?;
        let kubeconfig = Kubeconfig::write(server, self.kubeconfig.as_deref())?;
        let place = kubeconfig.path().display();
        writeln!(io::stdout(), "{}\nexport KUBECONFIG={place}", server.url())
            .map_err(|error| format!("can't print the URL to the standard output: {error}"))?;
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let began = Instant::now();
        loop {
            tick.tick().await;
            let due = (began.elapsed().as_secs_f64() * self.churn) as u64;
            // Signals must be noticed even if the rate is higher than this machine can reach.
            churn.catch_up(server, due, TICK);
            status.show(server, churn.made());
        }
    }

    fn start(&self, status: &StatusLine) -> Result<TestServer, String> {
        if !self.host.is_loopback() {
            eprintln!(
                "warning: {} isn't a loopback address: anyone who can reach it may read and write everything, and make the \
                 server fail with /-/",
                self.host
            );
        }
        let mut builder = TestServer::builder().host(self.host).port(self.port).seed(self.seed);
        let release = self.kubernetes;
        builder = builder.config(|config| config.release = release);
        builder = builder.bookmark_interval(Duration::from_secs(self.bookmarks as u64));
        if let Some(window) = self.window {
            builder = builder.window(window);
        }
        if self.tls {
            builder = builder.tls();
        }
        if self.log {
            let lines = status.lines();
            builder = builder.on_request(move |request| lines.write(request));
        }
        let server = builder.start_blocking().map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("port {} is in use; choose another with --port, or leave it out for a free one", self.port)
            }
            io::ErrorKind::AddrNotAvailable => {
                format!("{} is not an address of this machine; choose another with --host", self.host)
            }
            io::ErrorKind::PermissionDenied => {
                format!("permission denied for port {}: {error}; choose another with --port", self.port)
            }
            _ => error.to_string(),
        })?;
        for rule in &self.faults {
            server.inject(rule.clone());
        }
        Ok(server)
    }

    async fn fill(&self, server: &TestServer, status: &StatusLine) -> Result<(), String> {
        let (text, resource) = ("x".repeat(self.size), self.resource.to_string());
        for index in 0..self.objects {
            if index % 100 == 0 {
                status.filling(index, self.objects);
                tokio::task::yield_now().await;
            }
            let object = json!({
                "metadata": {"name": format!("object-{index:05}"), "labels": {"app": "watch-test"}},
                "data": {"text": text, "change": "0"},
            });
            server
                .create(&resource, None, object)
                .map_err(|status| format!("can't create {}: {status}", self.resource))?;
        }
        Ok(())
    }
}

fn fault(text: &str) -> Result<Rule, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "the rate is a number of changes per second".to_owned())?;
    if (0.0..=1e6).contains(&rate) {
        Ok(rate)
    } else {
        Err("the rate is between 0 and a million changes per second".into())
    }
}

/// Parses an integer within limits.
fn integer<const LEAST: usize, const MOST: usize>(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
        _ => Err(format!("expected an integer between {LEAST} and {MOST}")),
    }
}
