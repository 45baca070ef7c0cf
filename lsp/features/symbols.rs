//! What a file declares, and what the project does.

use crate::place::{Encoding, range};
use crate::roots::{Here, Root};
use flow_lang::diag::render::Source;
use flow_lang::ide::{Analysis, Symbol, SymbolKind};
use gen_lsp_types as lsp;

pub(crate) fn of_file(here: &Here<'_>, encoding: Encoding) -> Option<Vec<lsp::DocumentSymbol>> {
    let source = here.source()?;
    Some(here.analysis.symbols(here.file).into_iter().map(|symbol| one(symbol, source, encoding)).collect())
}

/// What the whole project declares whose name holds these letters, one after the other.
pub(crate) fn everywhere(
    root: &Root,
    analysis: &Analysis,
    wanted: &str,
    encoding: Encoding,
) -> Vec<lsp::SymbolInformation> {
    let wanted = wanted.to_lowercase();
    let holds = |name: &str| {
        let name = name.to_lowercase();
        let mut letters = name.chars();
        wanted.chars().all(|wanted| letters.any(|letter| letter == wanted))
    };
    let mut found = Vec::new();
    for (file, source) in analysis.sources().iter().filter(|(file, _)| !analysis.sources().is_library(*file)) {
        for symbol in analysis.symbols(file).into_iter().filter(|symbol| holds(&symbol.name)) {
            let location = lsp::Location { uri: root.uri(&source.path), range: range(source, symbol.at, encoding) };
            #[allow(deprecated, reason = "the protocol's older field is part of the structure")]
            found.push(lsp::SymbolInformation {
                deprecated: None,
                location,
                base_symbol_information: lsp::BaseSymbolInformation {
                    name: symbol.name,
                    kind: kind(symbol.kind),
                    tags: None,
                    container_name: Some(source.path.to_string()),
                },
            });
        }
    }
    found
}

fn one(symbol: Symbol, source: &Source, encoding: Encoding) -> lsp::DocumentSymbol {
    let children: Vec<_> = symbol.children.into_iter().map(|child| one(child, source, encoding)).collect();
    #[allow(deprecated, reason = "the protocol's older field is part of the structure")]
    lsp::DocumentSymbol {
        // A client refuses a symbol without a name.
        name: if symbol.name.is_empty() { "?".to_owned() } else { symbol.name },
        detail: match symbol.kind {
            SymbolKind::Name(kind) => Some(kind.word().to_owned()),
            _ => None,
        },
        kind: kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: range(source, symbol.span, encoding),
        selection_range: range(source, symbol.at, encoding),
        children: (!children.is_empty()).then_some(children),
    }
}

fn kind(kind: SymbolKind) -> lsp::SymbolKind {
    match kind {
        SymbolKind::Flow => lsp::SymbolKind::Function,
        SymbolKind::Test => lsp::SymbolKind::Method,
        SymbolKind::Action => lsp::SymbolKind::Interface,
        SymbolKind::Event => lsp::SymbolKind::Event,
        SymbolKind::Enum => lsp::SymbolKind::Enum,
        SymbolKind::Variant => lsp::SymbolKind::EnumMember,
        SymbolKind::Record => lsp::SymbolKind::Struct,
        SymbolKind::Entity => lsp::SymbolKind::Class,
        SymbolKind::Field => lsp::SymbolKind::Field,
        SymbolKind::Connector => lsp::SymbolKind::Module,
        SymbolKind::Calendar | SymbolKind::Name(_) => lsp::SymbolKind::Constant,
    }
}
