//! Values of `flow.toml` that are of the right type and cannot work: told where they stand, before anything begins.

use super::config::Config;
use crate::trouble::Trouble;
use flow_stdlib::http::draft::parse_url;
use flow_stdlib::http::guard::Guard;
use std::path::Path;

/// Where in the text of `flow.toml` a value stands, as far as it is found: behind the path, `:7`.
fn line_of(text: &str, value: &str) -> String {
    let quoted = [format!("\"{value}\""), format!("'{value}'")];
    let line = text.lines().position(|line| quoted.iter().any(|quoted| line.contains(quoted.as_str())));
    line.map_or(String::new(), |line| format!(":{}", line + 1))
}

/// Reads what stands in the place of a host, `shop.example.com` or `shop.example.com:8443`: as addresses have it, if it is one.
fn host(text: &str) -> Option<String> {
    let url = parse_url(&format!("https://{text}/")).ok()?;
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let host = url.host_str().filter(|host| plain && url.password().is_none() && !host.contains('*'))?;
    // The port that https has anyway is not in an address, and may be written here.
    let port = url.port().or_else(|| text.ends_with(":443").then_some(443));
    Some(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

impl Config {
    /// Looks at addresses, hosts and numbers; `text` is what was read.
    pub(super) fn check_fit(&self, text: &str, path: &Path) -> Result<(), Trouble> {
        let at =
            |value: &str, said: String| Trouble::usage(format!("{}{}: {said}", path.display(), line_of(text, value)));
        for entry in &self.net.allow {
            if Guard::new([entry.as_str()]).is_err() {
                let help = "an address is host:port, such as \"127.0.0.1:8080\" or \"erp.internal:443\", each of its own; the public \
                            internet needs none, over https";
                return Err(at(entry, format!("[net] `allow`: `{}` is no address", entry.escape_debug())).help(help));
            }
        }
        for (secret, hosts) in &self.net.secret_hosts {
            for given in hosts {
                let known = host(given);
                if known.as_deref() == Some(given) {
                    continue;
                }
                let trouble =
                    at(given, format!("[net.secret_hosts] `{secret}`: `{}` is no host", given.escape_debug()));
                let bare = given.split_once("://").map_or(given.as_str(), |(_, rest)| rest);
                let meant = known.or_else(|| host(bare.split(['/', '?', '#']).next().unwrap_or_default()));
                return Err(trouble.help(match meant {
                    Some(meant) => format!("write it as in \"{meant}\""),
                    None => "write each host by its full name, as in \"shop.example.com\" or \"shop.example.com:8443\""
                        .to_owned(),
                }));
            }
        }
        self.check_servers(&at)?;
        self.check_sms(&at)
    }

    /// Servers that could not be called.
    fn check_servers(&self, at: &dyn Fn(&str, String) -> Trouble) -> Result<(), Trouble> {
        let Ok(guard) = Guard::new(self.net.allow.iter().map(String::as_str)) else { return Ok(()) };
        let graph = self.teams.as_ref().and_then(|teams| teams.graph.as_ref());
        let servers = [
            ("sms", "server", self.sms.as_ref().and_then(|sms| sms.server.as_ref())),
            ("slack", "server", self.slack.as_ref().and_then(|slack| slack.server.as_ref())),
            ("teams", "server", self.teams.as_ref().and_then(|teams| teams.server.as_ref())),
            ("teams.graph", "login", graph.and_then(|graph| graph.login.as_ref())),
            ("ai", "server", self.ai.as_ref().and_then(|ai| ai.server.as_ref())),
        ];
        for (section, key, server) in servers {
            let Some(server) = server else { continue };
            let checked = parse_url(server).and_then(|url| guard.check(&url).map_err(|refusal| refusal.to_string()));
            if let Err(why) = checked {
                return Err(at(server, format!("[{section}] `{key}`: {why}")).help(
                    "write it as in \"https://api.example.com\"; one of your own network stands in `[net] allow`",
                ));
            }
        }
        Ok(())
    }

    fn check_sms(&self, at: &dyn Fn(&str, String) -> Trouble) -> Result<(), Trouble> {
        let Some(sms) = &self.sms else { return Ok(()) };
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        // Twilio's own are AC and 32 digits of base 16; other services have others. It may be a token by mistake: not shown.
        let twilio = sms.server.is_none();
        let is_sid = |text: &str, begins: &str| {
            text.strip_prefix(begins)
                .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        if sms.account.is_empty() || !plain(&sms.account) || (twilio && !is_sid(&sms.account, "AC")) {
            return Err(at(&sms.account, "[sms] `account` is no account's number".to_owned())
                .help("Twilio's is `AC` and 32 digits, as in \"AC0123456789abcdef0123456789abcdef\"; another service's `server` goes with it"));
        }
        let from = sms.from.as_str();
        let digits = |text: &str, count: std::ops::RangeInclusive<usize>| {
            count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let number = from.strip_prefix('+').is_some_and(|rest| digits(rest, 7..=15) && !rest.starts_with('0'));
        // GSM 03.40: eleven signs at most.
        let name = from.len() <= 11
            && from == from.trim()
            && from.bytes().any(|byte| byte.is_ascii_alphabetic())
            && from.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" &+-_.".contains(&byte));
        // A short number has up to six digits, but for Australia's 19…; eight are a number without its country.
        let short = digits(from, 3..=6) || (digits(from, 8..=8) && from.starts_with("19"));
        if number || short || name || is_sid(from, "MG") {
            return Ok(());
        }
        Err(at(from, format!("[sms] `from`: `{}` is neither a number, a name nor a messaging service", from.escape_debug())).help(
            "write a number with its country's code and without spaces, \"+4721000000\"; a name of up to 11 letters, \"Acme\"; or \"MG…\" of Twilio",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match Config::parse(text, Path::new("flow.toml")) {
            Ok(_) => "taken".to_owned(),
            Err(Trouble::Usage(words)) => format!("{} | {}", words.message, words.help.unwrap_or_default()),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_cannot_work_is_refused_where_it_stands() {
        let sms = |account: &str, from: &str| {
            format!("[sms]\naccount = \"{account}\"\ntoken = \"sms_token\"\nfrom = \"{from}\"\n")
        };
        let sid = "AC0123456789abcdef0123456789abcdef";
        for (text, said) in [
            ("[net]\nallow = [\"*\"]\n".to_owned(), "flow.toml:2: [net] `allow`: `*` is no address"),
            ("[net]\nallow = [\"*:443\"]\n".to_owned(), "`*:443` is no address"),
            ("[net]\nallow = [\"https://x.example:80\"]\n".to_owned(), "is no address"),
            ("[net]\nallow = [\"10.0.0.1\"]\n".to_owned(), "is no address"),
            (
                "[net.secret_hosts]\nt = [\"https://shop.example.com/v1\"]\n".to_owned(),
                "flow.toml:2: [net.secret_hosts] `t`: `https://shop.example.com/v1` is no host | write it as in \"shop.example.com\"",
            ),
            ("[net.secret_hosts]\nt = [\"Shop.example.com\"]\n".to_owned(), "write it as in \"shop.example.com\""),
            ("[net.secret_hosts]\nt = [\"*.example.com\"]\n".to_owned(), "is no host"),
            ("[net.secret_hosts]\nt = [\"my shop\"]\n".to_owned(), "is no host"),
            ("[net.secret_hosts]\nt = [\"\"]\n".to_owned(), "is no host"),
            (sms("sesame-open", "+4721000000"), "flow.toml:2: [sms] `account` is no account's number"),
            (sms("", "+4721000000"), "`account` is no account's number"),
            (sms(sid, "21 00 00 00"), "flow.toml:4: [sms] `from`: `21 00 00 00` is neither"),
            (sms(sid, "+47 21000000"), "is neither"),
            (sms(sid, "21000000"), "is neither"),
            (sms(sid, "4721000000"), "write a number with its country's code"),
            (sms(sid, "Acme Support Desk"), "is neither"),
            (sms(sid, ""), "is neither"),
            ("[slack]\nserver = \"slack.example.com\"\ntoken = \"t\"\n".to_owned(), "flow.toml:2: [slack] `server`:"),
            (
                "[ai]\nprovider = \"openai\"\nmodel = \"m\"\nserver = \"http://127.0.0.1:11434\"\n".to_owned(),
                "[ai] `server`:",
            ),
        ] {
            let found = told(&text);
            assert!(found.contains(said) && !found.contains("sesame"), "{text}{found}");
        }
    }

    #[test]
    fn what_works_is_taken() {
        let sid = "AC0123456789abcdef0123456789abcdef";
        for from in ["+4721000000", "Acme", "2010", "MG0123456789abcdef0123456789abcdef", "A&B Shop"] {
            let text = format!("[sms]\naccount = \"{sid}\"\ntoken = \"t\"\nfrom = \"{from}\"\n");
            assert_eq!(told(&text), "taken", "{from}");
        }
        for text in [
            "[sms]\nserver = \"https://sms.example.com\"\naccount = \"acme-1\"\ntoken = \"t\"\nfrom = \"Acme\"\n",
            "[net]\nallow = [\"127.0.0.1:11434\"]\n[ai]\nprovider = \"openai\"\nmodel = \"m\"\nserver = \"http://127.0.0.1:11434\"\n",
            "[net.secret_hosts]\nt = [\"shop.example.com\", \"127.0.0.1:80\", \"[::1]:80\", \"a.example:443\", \"a.example:8443\"]\n",
            "[net]\nallow = [\"[::1]:80\", \"erp.internal:443\"]\n",
        ] {
            assert_eq!(told(text), "taken", "{text}");
        }
    }
}
