//! Signatures of Standard Webhooks (github.com/standard-webhooks/standard-webhooks, `spec/standard-webhooks.md`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes of a secret, by the specification.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The header `webhook-signature` of a body: `v1,` and HMAC-SHA256 over `id.timestamp.body` in Base64.
///
/// # Errors
/// The secret is none of this scheme; the message does not show it.
pub(crate) fn signature(secret: &str, id: &str, seconds: i64, body: &[u8]) -> Result<String, String> {
    let wrong = || "the secret that signs is not `whsec_` and 24 to 64 bytes in Base64".to_owned();
    let key = STANDARD.decode(secret.strip_prefix(PREFIX).unwrap_or(secret)).map_err(|_| wrong())?;
    if !SECRET_BYTES.contains(&key.len()) {
        return Err(wrong());
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| wrong())?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::signature;

    /// The vector that the specification's own libraries are tested with.
    #[test]
    fn the_published_vector_is_met() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = signature(secret, id, 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed.as_deref(), Ok("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn a_secret_of_another_kind_is_refused_and_not_shown() {
        for wrong in ["", "whsec_", "whsec_short", "sesame-4711-open-wide", "whsec_AAAA"] {
            let told = signature(wrong, "id", 1, b"").expect_err(wrong);
            assert!(wrong.is_empty() || wrong == "whsec_" || !told.contains(wrong), "{told}");
        }
    }
}
