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
    let mac = signed(&key(secret)?, id, &seconds.to_string(), body);
    let mac = mac.ok_or_else(|| "nothing can be signed".to_owned())?;
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

fn key(secret: &str) -> Result<Vec<u8>, String> {
    let wrong = || "the secret that signs is not `whsec_` and 24 to 64 bytes in Base64".to_owned();
    let key = STANDARD.decode(secret.strip_prefix(PREFIX).unwrap_or(secret)).map_err(|_| wrong())?;
    if SECRET_BYTES.contains(&key.len()) { Ok(key) } else { Err(wrong()) }
}

/// Whether a value is a secret of this scheme.
pub fn is_secret(value: &str) -> bool {
    key(value).is_ok()
}

fn signed(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Some(mac)
}

/// Why a delivery is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Its headers are not of this scheme.
    Malformed,
    /// Its time is too far from ours: it may be an old one that is sent again.
    Stale,
    /// None of the secrets has signed it.
    Wrong,
}

/// How far a delivery's time may be from ours, seconds, both ways: what the scheme's libraries allow.
const TOLERANCE: i64 = 5 * 60;
/// Signatures that are looked at, at most.
const SIGNATURES_MAX: usize = 10;

/// Whether one of the secrets has signed a body: `signatures` as the header `webhook-signature` has them, `timestamp` as
/// `webhook-timestamp` has it, `now` in seconds since 1970.
///
/// # Errors
/// Why it is not let in.
pub fn verify(
    secrets: &[String],
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now: i64,
) -> Result<(), Refused> {
    let plain = !timestamp.is_empty() && timestamp.len() <= 12 && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: i64 = timestamp.parse().ok().filter(|_| plain).ok_or(Refused::Malformed)?;
    if now.saturating_sub(seconds).saturating_abs() > TOLERANCE {
        return Err(Refused::Stale);
    }
    let given = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,")).take(SIGNATURES_MAX);
    let given: Vec<Vec<u8>> = given.filter_map(|one| STANDARD.decode(one).ok()).collect();
    for secret in secrets {
        let Ok(key) = key(secret) else { continue };
        let Some(mac) = signed(&key, id, timestamp, body) else { continue };
        // Takes as long whether it is wrong at its beginning or at its end.
        if given.iter().any(|one| mac.clone().verify_slice(one).is_ok()) {
            return Ok(());
        }
    }
    Err(Refused::Wrong)
}

#[cfg(test)]
mod tests {
    use super::{Refused, signature, verify};

    #[test]
    fn what_is_signed_lately_is_let_in_and_nothing_else() {
        let old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let new = format!("whsec_{}", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=");
        let (id, time, body) = ("msg_1", 1_700_000_000, b"{}");
        let by = |secret: &str| signature(secret, id, time, body).expect("a signature");
        let both = [new.clone(), old.clone()];
        let stamp = time.to_string();
        let at = |secrets: &[String], signatures: &str, now| verify(secrets, id, &stamp, signatures, body, now);
        assert_eq!(at(&both, &by(&old), time), Ok(()));
        assert_eq!(at(&both, &format!("v1a,xyz v1,AAAA {}", by(&new)), time + 300), Ok(()));
        assert_eq!(at(&both[..1], &by(&old), time), Err(Refused::Wrong));
        assert_eq!(at(&[], &by(&old), time), Err(Refused::Wrong));
        assert_eq!(at(&["sesame".to_owned()], "v1,", time), Err(Refused::Wrong));
        for now in [time - 301, time + 301, i64::MIN, i64::MAX] {
            assert_eq!(at(&both, &by(&old), now), Err(Refused::Stale));
        }
        for wrong in ["", "soon", "-1", "+1700000000", "1700000000.0", "99999999999999999999"] {
            assert_eq!(verify(&both, id, wrong, &by(&old), body, time), Err(Refused::Malformed), "{wrong}");
        }
        for (id, body) in [("msg_2", &b"{}"[..]), ("msg_1", b"{ }")] {
            assert_eq!(verify(&both, id, &stamp, &by(&old), body, time), Err(Refused::Wrong));
        }
        let cut = by(&old).chars().take(20).collect::<String>();
        assert_eq!(at(&both, &cut, time), Err(Refused::Wrong));
    }

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
