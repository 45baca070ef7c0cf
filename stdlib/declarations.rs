//! What the library declares, as the compiler reads it.

/// Every file of declarations: (path, text). Their names are visible in every project without import.
pub fn declarations() -> &'static [(&'static str, &'static str)] {
    &[
        ("core/core.flow", include_str!("core/core.flow")),
        ("workspace/contact.flow", include_str!("workspace/contact.flow")),
        ("workspace/company.flow", include_str!("workspace/company.flow")),
        ("workspace/conversation.flow", include_str!("workspace/conversation.flow")),
        ("workspace/ticket.flow", include_str!("workspace/ticket.flow")),
        ("workspace/teammate.flow", include_str!("workspace/teammate.flow")),
        ("workspace/article.flow", include_str!("workspace/article.flow")),
        ("workspace/link.flow", include_str!("workspace/link.flow")),
        ("workspace/lists.flow", include_str!("workspace/lists.flow")),
        ("workspace/follow_up.flow", include_str!("workspace/follow_up.flow")),
        ("workspace/sale.flow", include_str!("workspace/sale.flow")),
        ("workspace/notification.flow", include_str!("workspace/notification.flow")),
        ("chat/chat.flow", include_str!("chat/chat.flow")),
        ("http/http.flow", include_str!("http/http.flow")),
        ("email/email.flow", include_str!("email/email.flow")),
        ("email/incoming.flow", include_str!("email/incoming/incoming.flow")),
        ("notify/notify.flow", include_str!("notify/notify.flow")),
        ("sms/sms.flow", include_str!("sms/sms.flow")),
        ("slack/slack.flow", include_str!("slack/slack.flow")),
        ("teams/teams.flow", include_str!("teams/teams.flow")),
        ("script/script.flow", include_str!("script/script.flow")),
        ("webhook/webhook.flow", include_str!("webhook/webhook.flow")),
        ("ai/ai.flow", include_str!("ai/ai.flow")),
    ]
}

/// The channel without which an action of the library fails, as its `@channel(…)` says it.
pub fn channel_of(action: &str) -> Option<&'static str> {
    let mut lines = declarations().iter().flat_map(|(_, text)| text.lines());
    let mut channel = None;
    lines.find_map(|line| {
        if let Some(name) = line.strip_prefix("@channel(") {
            channel = name.strip_suffix(')');
        } else if let Some(name) = line.strip_prefix("action ") {
            let found = channel.take();
            return (name.split('(').next() == Some(action)).then_some(found);
        }
        None
    })?
}

#[cfg(test)]
mod tests {
    use super::declarations;
    use std::collections::HashSet;

    /// What a line declares: `action http.get`, `entity Contact`.
    fn declared(line: &str) -> Option<&str> {
        let word = line.split(' ').next()?;
        ["action", "entity", "event", "enum", "record"].contains(&word).then(|| {
            let end = line.find(['(', '{']).unwrap_or(line.len());
            line[..end].trim_end()
        })
    }

    #[test]
    fn every_declaration_is_documented_and_said_once() {
        let mut seen = HashSet::new();
        for (path, text) in declarations() {
            assert!(text.starts_with("//! "), "{path} says nothing of itself");
            let mut above = "";
            let mut annotation = "";
            for line in text.lines() {
                if let Some(name) = declared(line) {
                    assert!(above.starts_with("///"), "{path}: {name} has no documentation");
                    assert!(seen.insert(name), "{path}: {name} is declared twice");
                    if name.starts_with("action") {
                        assert!(annotation.starts_with('@'), "{path}: {name} has no effect class");
                    }
                }
                annotation = line;
                if !line.starts_with('@') {
                    above = line;
                }
            }
        }
        assert!(seen.len() > 60, "only {} declarations were found", seen.len());
    }

    #[test]
    fn actions_name_their_channel() {
        let channels = ["sms.send", "slack.post", "http.post", "nobody.does"].map(super::channel_of);
        assert_eq!(channels, [Some("sms"), Some("slack"), None, None]);
    }

    #[test]
    fn every_entity_has_its_events() {
        let all: String = declarations().iter().map(|(_, text)| *text).collect();
        for line in all.lines().filter(|line| line.starts_with("entity ")) {
            let name = line["entity ".len()..].split(' ').next().unwrap_or_default();
            let lower = flow_bytecode::schema::snake_case(name);
            for event in ["created", "changed"] {
                let declaration = format!("event {lower}.{event}({lower}: {name})");
                assert!(all.contains(&declaration), "missing: {declaration}");
            }
        }
    }
}
