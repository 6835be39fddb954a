//! What a pick costs with ever more keys: it should cost the same.

#![allow(missing_docs, reason = "criterion's macros write undocumented functions")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ollama_api_pool::clock::Millis;
use ollama_api_pool::peers::Share;
use ollama_api_pool::pool::key::KeySpec;
use ollama_api_pool::pool::verdict::Verdict;
use ollama_api_pool::pool::{Pool, Rules};

fn pick(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pick");
    for keys in [10_i64, 10_000, 1_000_000] {
        let mut pool = Pool::new(Rules {
            failure_threshold: 3,
            disable_secs: 3600,
            max_ejected_percent: 50,
            share: Share::WHOLE,
        });
        let now = Millis(1_700_000_000_000);
        for id in 1..=keys {
            pool.put("ollama", &KeySpec { id, ..KeySpec::default() }, now);
        }
        group.bench_function(BenchmarkId::from_parameter(keys), |bencher| {
            bencher.iter(|| {
                if let Ok(loan) = pool.lease("ollama", "llama3.2", &[], now) {
                    pool.settle("ollama", "llama3.2", black_box(loan), Verdict::SUCCESS, now);
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, pick);
criterion_main!(benches);
