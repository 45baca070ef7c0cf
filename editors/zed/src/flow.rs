//! Tells Zed how the language server of Flow is started.

use zed_extension_api::settings::LspSettings;
use zed_extension_api::{self as zed, Command, LanguageServerId, Worktree};

struct Flow;

impl zed::Extension for Flow {
    fn new() -> Self {
        Flow
    }

    /// `flow lsp`: the command that the settings name (`lsp.flow.binary.path`), or the one in `PATH`.
    fn language_server_command(&mut self, server: &LanguageServerId, worktree: &Worktree) -> zed::Result<Command> {
        let binary = LspSettings::for_worktree(server.as_ref(), worktree).ok().and_then(|settings| settings.binary);
        let named = binary.as_ref().and_then(|binary| binary.path.clone());
        let command = named.or_else(|| worktree.which("flow")).ok_or(
            "there is no command `flow` in PATH; the setting `lsp.flow.binary.path` says where it is".to_owned(),
        )?;
        let args = binary.and_then(|binary| binary.arguments).unwrap_or_else(|| vec!["lsp".to_owned()]);
        Ok(Command { command, args, env: worktree.shell_env() })
    }
}

zed::register_extension!(Flow);
