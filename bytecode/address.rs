//! Email and web addresses: one rule for literals, answers, arguments, imported files and what services return.

/// The longest address that mail carries (RFC 5321, 4.5.3.1.3).
const EMAIL_CHARS_MAX: usize = 254;
/// The longest address that is sent.
const URL_BYTES_MAX: usize = 8192;

/// An email address in its normal form: trimmed, lower case. One `@`, a dot-atom before it, a domain of at least two
/// labels after it; quoted local parts and address literals, which no mail form takes, are refused. What answers and
/// imported files are read by.
pub fn email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.rsplit_once('@')?;
    let special = |char: char| "!#$%&'*+-/=?^_`{|}~".contains(char);
    let atom = |atom: &str| !atom.is_empty() && atom.chars().all(|char| char.is_alphanumeric() || special(char));
    let fits = local.len() <= 64 && text.len() <= EMAIL_CHARS_MAX && local.split('.').all(atom);
    (fits && domain.contains('.') && is_domain(domain)).then_some(text)
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|char| char.is_alphanumeric() || char == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    domain.len() <= 253 && domain.split('.').all(label) && !top.chars().all(|char| char.is_ascii_digit())
}

/// An absolute http(s) URL: scheme and host in lower case, the rest as it is. No user or password, no white space.
pub fn url(text: &str) -> Option<String> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") || text.len() > URL_BYTES_MAX {
        return None;
    }
    if rest.chars().any(|char| char.is_whitespace() || char.is_control() || "<>\"\\^`{|}".contains(char)) {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end)?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port_fits =
        port.is_none_or(|port| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok());
    let host = host.to_lowercase();
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host_fits = match literal {
        Some(literal) => literal.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.parse::<std::net::Ipv4Addr>().is_ok() || is_domain(host.strip_suffix('.').unwrap_or(&host)),
    };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    (host_fits && port_fits).then(|| format!("{scheme}://{host}{port}{tail}"))
}
