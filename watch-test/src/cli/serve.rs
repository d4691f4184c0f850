//! `watch-test serve`

use core::time::Duration;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use watch_test::TestServer;
use watch_test::fault::Rule;

use super::churn::Churn;
use super::kubeconfig::Kubeconfig;
use super::summary::Summary;

/// See the module.
#[derive(Args, Debug)]
#[command(after_help = "Faults are JSON, for example:\n  \
    --fault '{\"on\":{\"verb\":\"watch\"},\"times\":3,\"refuse\":{\"status\":429,\"retryAfter\":1}}'\n  \
    --fault '{\"on\":{\"verb\":\"watch\",\"resource\":\"pods\"},\"cut\":{\"afterBytes\":5000,\"end\":\"cut\"}}'\n\
    More can be added while it runs: POST them to /-/faults.")]
pub(crate) struct Serve {
    /// The port; a free one if it is 0.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Speak HTTPS, with a certificate authority made for the occasion.
    #[arg(long)]
    tls: bool,
    /// The resource that is filled and changed: `pods`, `deployments.apps`, `widgets.example.com`.
    #[arg(long, default_value = "configmaps")]
    resource: String,
    /// How many objects there are at the beginning.
    #[arg(long, value_name = "N", default_value_t = 10)]
    objects: usize,
    /// How many changes a second are made to them.
    #[arg(long, value_name = "RATE", default_value_t = 0.0, value_parser = rate)]
    churn: f64,
    /// How many bytes of data each object carries.
    #[arg(long, value_name = "BYTES", default_value_t = 100)]
    size: usize,
    /// How many events back a watch may begin; without it, a number that grows with the traffic.
    #[arg(long, value_name = "N")]
    window: Option<usize>,
    /// How many seconds apart a watch gets bookmarks.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    bookmarks: u64,
    /// Something that goes wrong with requests; may be given several times.
    #[arg(long = "fault", value_name = "JSON", value_parser = fault)]
    faults: Vec<Rule>,
    /// Decides uids, generated names and which objects change.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Where the kubeconfig is written; a temporary file if it isn't said.
    #[arg(long, value_name = "PATH")]
    kubeconfig: Option<PathBuf>,
}

impl Serve {
    pub(super) fn execute(self) -> Result<(), String> {
        let server = self.start()?;
        self.fill(&server)?;
        let kubeconfig = Kubeconfig::write(&server, self.kubeconfig.as_deref())
            .map_err(|error| format!("can't write the kubeconfig: {error}"))?;
        println!("{}", server.url());
        println!("export KUBECONFIG={}", kubeconfig.path().display());
        let began = Instant::now();
        let made = self.change_until_interrupted(&server)?;
        eprintln!("{}", Summary::new(&server, made, began.elapsed()));
        Ok(())
    }

    fn start(&self) -> Result<TestServer, String> {
        let mut builder = TestServer::builder().port(self.port).seed(self.seed);
        builder = builder.bookmark_interval(Duration::from_secs(self.bookmarks.max(1)));
        if let Some(window) = self.window {
            builder = builder.window(window);
        }
        if self.tls {
            builder = builder.tls();
        }
        let server = builder.start_blocking().map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("port {} is in use; choose another with --port, or leave it out for a free one", self.port)
            }
            io::ErrorKind::PermissionDenied => format!("port {} is not allowed to you: {error}", self.port),
            _ => error.to_string(),
        })?;
        for rule in &self.faults {
            server.inject(rule.clone());
        }
        Ok(server)
    }

    fn fill(&self, server: &TestServer) -> Result<(), String> {
        let text = "x".repeat(self.size);
        for index in 0..self.objects {
            let object = json!({
                "metadata": {"name": format!("object-{index:05}"), "labels": {"app": "watch-test"}},
                "data": {"text": text, "change": "0"},
            });
            server
                .create(&self.resource, None, object)
                .map_err(|status| format!("can't create {}: {status}", self.resource))?;
        }
        Ok(())
    }

    /// Makes changes until Ctrl-C; says how many.
    fn change_until_interrupted(&self, server: &TestServer) -> Result<u64, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("can't start: {error}"))?;
        runtime.block_on(async {
            let mut churn = Churn::new(self.seed, &self.resource, self.objects);
            let mut status = StatusLine::new();
            let mut tick = tokio::time::interval(Duration::from_millis(20));
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
            let began = Instant::now();
            let mut interrupted = core::pin::pin!(tokio::signal::ctrl_c());
            loop {
                tokio::select! {
                    result = &mut interrupted => {
                        result.map_err(|error| format!("can't wait for Ctrl-C: {error}"))?;
                        status.clear();
                        return Ok(churn.made());
                    }
                    _ = tick.tick() => {
                        let due = (began.elapsed().as_secs_f64() * self.churn) as u64;
                        churn.catch_up(server, due);
                        status.show(server, churn.made());
                    }
                }
            }
        })
    }
}

/// A line on the terminal that says how things are; nothing where there is no terminal.
struct StatusLine {
    bar: ProgressBar,
    shown: Option<Instant>,
    made: u64,
}

impl StatusLine {
    fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        let style =
            ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        bar.set_style(style);
        Self { bar, shown: None, made: 0 }
    }

    fn show(&mut self, server: &TestServer, made: u64) {
        let since = self.shown.map(|shown| shown.elapsed());
        if since.is_some_and(|since| since < Duration::from_millis(500)) {
            return;
        }
        let rate = since.map_or(0.0, |since| (made - self.made) as f64 / since.as_secs_f64());
        (self.shown, self.made) = (Some(Instant::now()), made);
        let requests = server.with(|server, _| server.requests().len());
        self.bar.set_message(format!(
            "version {} · {rate:.0} changes/s · {} watches open · {requests} requests",
            server.resource_version(),
            server.open_watches(),
        ));
        self.bar.tick();
    }

    fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn fault(text: &str) -> Result<Rule, String> {
    serde_json::from_str(text).map_err(|error| format!("{error} (it is JSON, see --help)"))
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "it is a number of changes a second".to_owned())?;
    if (0.0..=1e6).contains(&rate) { Ok(rate) } else { Err("it is between 0 and a million".into()) }
}
