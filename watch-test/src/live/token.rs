//! Tokens of service accounts. They are signed here, because the API server signs none that expires in less than ten
//! minutes.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

/// The issuer of the tokens that kube-apiserver accepts; `--service-account-issuer`.
pub(super) const ISSUER: &str = "https://kubernetes.default.svc";

/// How long kube-apiserver accepts an expired token, since clocks differ (`DefaultLeeway` of go-jose).
const GRACE: Duration = Duration::from_secs(60);

/// Returns a JWT that is refused from `until` on. `account` is the `ServiceAccount`, `key` is in PKCS #8.
pub(super) fn sign(key: &[u8], account: &Value, until: SystemTime) -> io::Result<String> {
    let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (namespace, name) = (&account["metadata"]["namespace"], &account["metadata"]["name"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let begin = seconds(SystemTime::now()) - 3600;
    let claims = json!({
        "iss": ISSUER,
        "aud": [ISSUER],
        "sub": format!("system:serviceaccount:{}:{}", text(namespace), text(name)),
        "iat": begin,
        "nbf": begin,
        "exp": seconds(until - GRACE),
        "kubernetes.io": {
            "namespace": namespace,
            "serviceaccount": { "name": name, "uid": account["metadata"]["uid"] },
        },
    });
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&json!({ "alg": "ES256", "typ": "JWT" })), encode(&claims));
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key, &random)
        .map_err(|rejected| io::Error::other(rejected.to_string()))?;
    let signature = key.sign(&random, signed.as_bytes()).map_err(|_| io::Error::other("the token can't be signed"))?;
    Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}
