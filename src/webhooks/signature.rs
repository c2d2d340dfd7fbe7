//! Signatures of Standard Webhooks: `v1,` and the base64 of an HMAC-SHA-256 over
//! `id.timestamp.body`, with the bytes behind `whsec_`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::platform::crypto::random;
use crate::platform::db::Instant;
use crate::platform::error::{Error, Result};

/// What every secret begins with.
const PREFIX: &str = "whsec_";
/// How many random bytes a secret has.
const BYTES: usize = 32;

/// A secret and how long it is signed with. Stored sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secret {
    text: Zeroizing<String>,
    /// When it ends; none for the current one.
    pub until: Option<Instant>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret(…, until: {:?})", self.until)
    }
}

impl Secret {
    /// A fresh one.
    pub fn new() -> Result<Self> {
        let mut bytes = Zeroizing::new([0_u8; BYTES]);
        random(bytes.as_mut_slice())?;
        Ok(Self {
            text: Zeroizing::new(format!("{PREFIX}{}", BASE64.encode(bytes.as_slice()))),
            until: None,
        })
    }

    /// As it is shown, once.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is signed with at `now`.
    #[must_use]
    pub fn is_good(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    fn sign(&self, message: &[u8]) -> Result<String> {
        let key = self
            .text
            .strip_prefix(PREFIX)
            .and_then(|text| BASE64.decode(text).ok())
            .map(Zeroizing::new)
            .ok_or_else(|| Error::internal("a stored webhook secret is not readable"))?;
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).map_err(Error::internal)?;
        mac.update(message);
        Ok(format!("v1,{}", BASE64.encode(mac.finalize().into_bytes())))
    }
}

/// The `webhook-signature` of a message: one signature for each secret that is good, the current one
/// first.
pub fn sign(
    secrets: &[Secret],
    id: &str,
    timestamp: i64,
    body: &str,
    now: Instant,
) -> Result<String> {
    let message = format!("{id}.{timestamp}.{body}");
    let signatures = secrets
        .iter()
        .filter(|secret| secret.is_good(now))
        .map(|secret| secret.sign(message.as_bytes()))
        .collect::<Result<Vec<_>>>()?;
    Ok(signatures.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        Instant::from_micros(1_614_265_330_000_000)
    }

    /// The example that the libraries of Standard Webhooks are tested with.
    #[test]
    fn the_published_example_has_the_published_signature() {
        let secret = Secret {
            text: Zeroizing::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
            until: None,
        };
        let body = r#"{"test": 2432232314}"#;
        let signature = sign(
            &[secret],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            body,
            now(),
        );
        assert_eq!(
            signature.unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    /// Signed with the library of Standard Webhooks, see `tests/oracles`.
    #[test]
    fn signatures_are_those_of_an_independent_library() {
        let file = include_str!("../../tests/oracles/webhooks.csv");
        let mut count = 0;
        for row in csv::Reader::from_reader(file.as_bytes()).into_records() {
            let row = row.unwrap();
            let secret = Secret {
                text: Zeroizing::new(row[0].to_owned()),
                until: None,
            };
            let timestamp = row[2].parse().unwrap();
            let signature = sign(&[secret], &row[1], timestamp, &row[3], now()).unwrap();
            assert_eq!(signature, row[4], "{}", &row[1]);
            count += 1;
        }
        assert_eq!(count, 60);
    }

    #[test]
    fn an_old_secret_signs_beside_the_new_one_until_it_ends() {
        let current = Secret::new().unwrap();
        let mut old = Secret::new().unwrap();
        old.until = Some(now());
        let secrets = [current, old];
        let before = Instant::from_micros(now().micros() - 1);
        let both = sign(&secrets, "id", 1, "{}", before).unwrap();
        let one = sign(&secrets, "id", 1, "{}", now()).unwrap();
        assert_eq!(both.split(' ').count(), 2);
        assert_eq!(both.split(' ').next(), Some(&*one));
        assert!(!format!("{secrets:?}").contains("whsec_"));
    }
}
