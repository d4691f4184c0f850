//! A client that sends one request at a time, to prepare and inspect a cluster.

use core::fmt;
use core::time::Duration;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::access::Access;
use super::answer::Answer;

/// Sends single requests to an API server. With TLS, all requests share one HTTP/2 connection. Without TLS, each
/// request opens a new HTTP/1.1 connection. All requests must be sent on the same tokio runtime, because the HTTP/2
/// connection runs on the runtime of the first request.
pub struct Admin {
    base: Uri,
    token: Option<String>,
    tls: Option<Arc<ClientConfig>>,
    connection: Mutex<Option<http2::SendRequest<Full<Bytes>>>>,
}

const JSON: (&str, &str) = ("content-type", "application/json");

/// The timeout of a request with its answer. It is longer than the server's own timeout.
const PATIENCE: Duration = Duration::from_secs(70);

impl Admin {
    /// Creates a client, without connecting.
    ///
    /// # Errors
    /// Fails if the URL or the certificate authority is invalid.
    pub fn new(access: &Access) -> io::Result<Self> {
        let base: Uri = access.url.parse().map_err(io::Error::other)?;
        let tls = match &access.certificate_authority {
            Some(pem) if base.scheme_str() == Some("https") => Some(Arc::new(trusting(pem)?)),
            None if base.scheme_str() == Some("http") => None,
            _ => return Err(io::Error::other("https needs a certificate authority; http can't have one")),
        };
        Ok(Self { base, token: access.token.clone(), tls, connection: Mutex::default() })
    }

    /// Sends a GET request.
    ///
    /// # Errors
    /// Fails if there is no answer. An error status of the server is an [`Answer`].
    pub async fn get(&self, path: &str) -> io::Result<Answer> {
        self.request(Method::GET, path, &[], Bytes::new()).await
    }

    /// Sends a POST request with this object.
    ///
    /// # Errors
    /// Fails as [`get`](Self::get) does.
    pub async fn post(&self, path: &str, body: &Value) -> io::Result<Answer> {
        self.request(Method::POST, path, &[JSON], body.to_string()).await
    }

    /// Sends a PUT request with this object.
    ///
    /// # Errors
    /// Fails as [`get`](Self::get) does.
    pub async fn put(&self, path: &str, body: &Value) -> io::Result<Answer> {
        self.request(Method::PUT, path, &[JSON], body.to_string()).await
    }

    /// Sends a PATCH request with a JSON merge patch.
    ///
    /// # Errors
    /// Fails as [`get`](Self::get) does.
    pub async fn patch(&self, path: &str, body: &Value) -> io::Result<Answer> {
        self.request(Method::PATCH, path, &[("content-type", "application/merge-patch+json")], body.to_string()).await
    }

    /// Sends a DELETE request.
    ///
    /// # Errors
    /// Fails as [`get`](Self::get) does.
    pub async fn delete(&self, path: &str) -> io::Result<Answer> {
        self.request(Method::DELETE, path, &[], Bytes::new()).await
    }

    /// Sends a request. Without a header `accept`, it accepts `application/json`.
    ///
    /// # Errors
    /// Fails as [`get`](Self::get) does.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> io::Result<Answer> {
        let body = body.into();
        let mut request = Request::builder().method(method);
        if headers.iter().all(|(name, _)| *name != "accept") {
            request = request.header("accept", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let exchange = async {
            let response = match &self.tls {
                Some(tls) => {
                    let uri = format!("{}{path}", self.base.to_string().trim_end_matches('/'));
                    let request = request.uri(uri).body(Full::new(body)).map_err(io::Error::other)?;
                    self.secure(tls).await?.send_request(request).await
                }
                None => {
                    let host = self.authority()?;
                    let request = request.uri(path).header("host", &host).body(Full::new(body));
                    let tcp = TokioIo::new(TcpStream::connect(&host).await?);
                    let (mut sender, connection) = http1::handshake(tcp).await.map_err(io::Error::other)?;
                    tokio::spawn(connection);
                    sender.send_request(request.map_err(io::Error::other)?).await
                }
            };
            collect(response.map_err(io::Error::other)?).await
        };
        tokio::time::timeout(PATIENCE, exchange).await?
    }

    async fn secure(&self, tls: &Arc<ClientConfig>) -> io::Result<http2::SendRequest<Full<Bytes>>> {
        let mut connection = self.connection.lock().await;
        if let Some(sender) = connection.as_ref().filter(|sender| !sender.is_closed()) {
            return Ok(sender.clone());
        }
        let tcp = TcpStream::connect(self.authority()?).await?;
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from(self.base.host().unwrap_or_default().to_owned()).map_err(io::Error::other)?;
        let stream = TlsConnector::from(Arc::clone(tls)).connect(name, tcp).await?;
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (sender, driving) = handshake.map_err(io::Error::other)?;
        tokio::spawn(driving);
        Ok(connection.insert(sender).clone())
    }

    /// Returns the host and the port to connect to.
    fn authority(&self) -> io::Result<String> {
        let host = self.base.host().ok_or_else(|| io::Error::other("the URL has no host"))?;
        let default = if self.tls.is_some() { 443 } else { 80 };
        Ok(format!("{host}:{}", self.base.port_u16().unwrap_or(default)))
    }
}

async fn collect(response: http::Response<Incoming>) -> io::Result<Answer> {
    let status = response.status().as_u16();
    let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    let mut incoming = response.into_body();
    let mut body = Vec::new();
    let mut is_complete = true;
    while let Some(frame) = incoming.frame().await {
        match frame {
            Ok(frame) => body.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
            Err(_) => {
                is_complete = false;
                break;
            }
        }
    }
    Ok(Answer { status, content_type, body: body.into(), is_complete })
}

fn trusting(pem: &str) -> io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

impl fmt::Debug for Admin {
    /// Omits the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Admin({})", self.base)
    }
}
