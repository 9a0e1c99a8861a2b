"""Ablations: the fewest settings that keep a benchmark's runs identical; one job each."""


rule ablation:
    input:
        image=CONTEXT.ablations.images,
        data=CONTEXT.ablations.data,
        code=CONTEXT.ablations.code,
    output:
        "results/ablations/{ablation}.json",
    log:
        "results/logs/ablations/{ablation}.log",
    wildcard_constraints:
        ablation=CONTEXT.ablations.on("cpu"),
    priority: CONTEXT.order.early("results/ablations/{ablation}.json")
    threads: lambda wildcards: CONTEXT.ablations.of(wildcards).threads
    resources:
        **CONTEXT.demands(runs=None),
    params:
        plan=CONTEXT.ablations.plan,
        identity=CONTEXT.ablations.identity,
    shell:
        "python -m workflows.studies.ablation.run --plan {params.plan:q} --image {input.image}"
        " --identity {params.identity:q} --output {output} --minutes {resources.minutes} --memory-gb {resources.memory}"
        " 2>&1 | tee {log}"


use rule ablation as ablation_on_gpu with:
    wildcard_constraints:
        ablation=CONTEXT.ablations.on("cuda"),
    resources:
        **CONTEXT.demands(runs=None),
        gpu=1,


rule ablations:
    input:
        CONTEXT.ablations.outputs,
    localrule: True
