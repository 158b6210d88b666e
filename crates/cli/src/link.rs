//! `diachiso link`: record linkage of any files whose columns a model names.

pub(crate) mod args;
mod input;
mod judged;
mod output;
mod truth;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use diachiso_link::{
    Between, Decisions, Effort, Estimated, Evaluation, Found, Model, Outcome, Records, Scorer,
    Truth, clusters, curve_svg, estimate, evaluate, find_pairs,
};
use diachiso_pipeline::Progress as _;
use serde_json::json;

use crate::{ui::Bars, user};
use args::{Link, LinkCommand};
use input::Input;

/// Models that come along.
const STARTERS: [(&str, &str); 2] =
    [("persons", diachiso_link::PERSONS_TOML), ("households", diachiso_link::HOUSEHOLDS_TOML)];

/// The command.
pub(crate) fn command(link: &Link) -> anyhow::Result<()> {
    match &link.command {
        LinkCommand::Train(train) => learn(train),
        LinkCommand::Run(run) => linked(run),
        LinkCommand::Evaluate(evaluate) => judge(evaluate),
        LinkCommand::Model(starter) => {
            let (_, text) = STARTERS
                .iter()
                .find(|(name, _)| *name == starter.name)
                .expect("checked by the parser");
            print!("{text}");
            Ok(())
        }
    }
}

/// The text of a model file or of a model that comes along.
fn model_text(name: &str) -> anyhow::Result<String> {
    match STARTERS.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => Ok((*text).to_owned()),
        None => std::fs::read_to_string(name).with_context(|| name.to_owned()).map_err(user),
    }
}

/// Records under a model, and which pairs of them are looked at.
struct Loaded {
    input: Input,
    records: Records,
    between: Between,
    model_text: String,
    bars: Bars,
}

impl Loaded {
    fn new(args: &args::Records) -> anyhow::Result<Self> {
        if let Some(threads) = args.threads {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
        }
        let model_text = model_text(&args.model)?;
        let model = Model::parse(&model_text).with_context(|| args.model.clone()).map_err(user)?;
        let paths: Vec<&Path> =
            args.files.iter().chain(&args.against).map(PathBuf::as_path).collect();
        let bars = Bars::new();
        bars.stage("records", None);
        let mut input = Input::read(&paths, &model)?;
        let between = match args.against.len() {
            0 => Between::All,
            _ => Between::Across(input.first_of(args.files.len()) as u32),
        };
        for (spec, lost) in
            model.columns.iter().zip(&input.unreadable).filter(|(_, lost)| **lost > 0)
        {
            eprintln!(
                "{}: {lost} ô không đọc được, coi như trống · cells that are no {}, taken for empty",
                spec.name,
                spec.kind.name()
            );
        }
        let records = Records::new(model, std::mem::take(&mut input.table)).map_err(user)?;
        bars.finish();
        eprintln!("{} bản ghi · records", records.len());
        Ok(Self { input, records, between, model_text, bars })
    }

    /// Learns the numbers of the model where it has none.
    fn ready(&mut self) {
        if !self.records.model().is_estimated() {
            eprintln!(
                "Mô hình chưa học, ước lượng từ chính các bản ghi này · The model has no numbers yet: learning them from these records."
            );
            let estimated = self.estimate(Effort::default());
            say_lessons(&estimated);
        }
    }

    fn estimate(&mut self, effort: Effort) -> Estimated {
        self.bars.stage("estimate", None);
        let estimated = estimate(&mut self.records, effort);
        self.bars.finish();
        estimated
    }

    fn link(&mut self) -> Linked {
        self.ready();
        let thresholds = self.records.model().thresholds;
        self.bars.stage("pairs", None);
        let scorer = Scorer::new(&self.records);
        let found = find_pairs(&self.records, &scorer, self.between, thresholds.lower_bits);
        self.bars.stage("clusters", None);
        let clusters = clusters(
            &self.records,
            &scorer,
            &found.pairs,
            &Decisions::new(),
            thresholds.upper_bits,
        );
        self.bars.finish();
        say_blocks(&found);
        Linked { scorer, found, clusters }
    }
}

struct Linked {
    scorer: Scorer,
    found: Found,
    clusters: Vec<u32>,
}

impl Linked {
    fn cluster_count(&self) -> usize {
        self.clusters.iter().enumerate().filter(|(row, of)| *row == **of as usize).count()
    }
}

fn say_lessons(estimated: &Estimated) {
    for lesson in &estimated.lessons {
        eprintln!(
            "  {:<52} {:>10} cặp · pairs, {:>10.0} đúng · true, {} vòng · rounds",
            lesson.written, lesson.pairs, lesson.true_pairs, lesson.iterations
        );
    }
    eprintln!("  ước tính số cặp đúng · true pairs, estimated: {:.0}", estimated.true_pairs);
}

fn say_blocks(found: &Found) {
    for block in &found.blocks {
        let capped = match block.capped_blocks {
            0 => String::new(),
            n => format!(
                "; {n} khối quá lớn (nhiều nhất {} bản ghi), {} cặp không so · blocks over the limit, pairs left out",
                block.largest, block.pairs_left_out
            ),
        };
        eprintln!(
            "  {:<52} {:>10} cặp so mới · pairs compared{capped}",
            block.written, block.compared
        );
    }
}

fn learn(args: &args::Train) -> anyhow::Result<()> {
    let mut loaded = Loaded::new(&args.records)?;
    let effort = Effort { random_pairs: args.random_pairs, ..Effort::default() };
    let estimated = loaded.estimate(effort);
    say_lessons(&estimated);
    let text = estimated.model.write_into(&loaded.model_text).map_err(user)?;
    std::fs::write(&args.out, text)
        .with_context(|| args.out.display().to_string())
        .map_err(user)?;
    eprintln!("→ {}", args.out.display());
    Ok(())
}

fn linked(args: &args::Run) -> anyhow::Result<()> {
    let mut loaded = Loaded::new(&args.records)?;
    let linked = loaded.link();
    let thresholds = loaded.records.model().thresholds;
    let pairs_path = output::pairs_path(&args.out);
    loaded.bars.stage("write", None);
    output::clusters(&args.out, &loaded.input, &linked.clusters)?;
    output::pairs(&pairs_path, &loaded.input, &linked.found.pairs, thresholds)?;
    loaded.bars.finish();
    let same = linked.found.pairs.iter().filter(|p| p.bits >= thresholds.upper_bits).count();
    let summary = json!({
        "records": loaded.records.len(),
        "clusters": linked.cluster_count(),
        "pairs": { "same": same, "review": linked.found.pairs.len() - same },
        "blocks": linked.found.blocks.iter().map(|b| json!({
            "on": b.written,
            "compared": b.compared,
            "capped_blocks": b.capped_blocks,
            "largest": b.largest,
            "pairs_left_out": b.pairs_left_out,
        })).collect::<Vec<_>>(),
    });
    if args.json {
        println!("{summary:#}");
    } else {
        println!(
            "{} bản ghi → {} cụm; {same} cặp chắc chắn, {} cặp cần xem · records, clusters, pairs sure, pairs to review",
            loaded.records.len(),
            linked.cluster_count(),
            linked.found.pairs.len() - same
        );
        println!("→ {}, {}", args.out.display(), pairs_path.display());
    }
    Ok(())
}

fn judge(args: &args::Evaluate) -> anyhow::Result<()> {
    let mut loaded = Loaded::new(&args.records)?;
    let id = loaded.records.model().id.clone();
    let labels = truth::read(&args.truth, &loaded.input, id.as_deref())?;
    let linked = loaded.link();
    let outcome = Outcome { pairs: &linked.found.pairs, clusters: &linked.clusters };
    let truth = Truth { entities: &labels.entities, kinds: &labels.kinds };
    let evaluation: Evaluation =
        evaluate(&loaded.records, &linked.scorer, outcome, truth, usize::from(args.worst));
    if let Some(path) = &args.curve {
        let thresholds = loaded.records.model().thresholds;
        let svg = curve_svg(&evaluation.curve, thresholds);
        std::fs::write(path, svg).with_context(|| path.display().to_string()).map_err(user)?;
    }
    if args.json {
        println!("{:#}", judged::json(&evaluation, &loaded.input));
    } else {
        print!("{}", judged::text(&evaluation, &loaded, &linked.scorer));
    }
    Ok(())
}
