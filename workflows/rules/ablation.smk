"""Ablations: the fewest settings that keep a benchmark's runs identical; one job each."""

from workflows.rules.context import ABLATION


rule ablation:
    input:
        image=CONTEXT.image(CONTEXT.ablation),
        data=CONTEXT.data(CONTEXT.ablation),
        code=ABLATION,
    output:
        "results/ablations/{ablation}.json",
    log:
        "results/logs/ablations/{ablation}.log",
    wildcard_constraints:
        ablation=CONTEXT.ablations_on("cpu"),
    threads: lambda wildcards: CONTEXT.ablation(wildcards).threads
    resources:
        **CONTEXT.demands(runs=None),
    params:
        plan=lambda wildcards: CONTEXT.ablation(wildcards).model_dump_json(),
        identity=CONTEXT.ablation_identity,
    shell:
        "python -m workflows.studies.ablation.run --plan {params.plan:q} --image {input.image}"
        " --identity {params.identity:q} --output {output} --minutes {resources.minutes} --memory-gb {resources.memory}"
        " 2>&1 | tee {log}"


use rule ablation as ablation_on_gpu with:
    wildcard_constraints:
        ablation=CONTEXT.ablations_on("cuda"),
    resources:
        **CONTEXT.demands(runs=None),
        gpu=1,


rule ablations:
    input:
        list(CONTEXT.ablations),
    localrule: True
