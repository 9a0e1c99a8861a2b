"""Cures: likely settings against each baseline that differs; one job each, no run where none does."""


rule cure:
    input:
        records=lambda wildcards: map(
            CONTEXT.runs.output, CONTEXT.cures.of(wildcards).repeats
        ),
        look=lambda wildcards: CONTEXT.differences.output(
            CONTEXT.cures.of(wildcards).pair
        ),
        image=CONTEXT.cures.images,
        data=CONTEXT.cures.data,
        code=CONTEXT.cures.code,
    output:
        "results/cures/{cure}.json",
    log:
        "results/logs/cures/{cure}.log",
    wildcard_constraints:
        cure=CONTEXT.cures.on("cpu"),
    priority: CONTEXT.order.early("results/cures/{cure}.json")
    resources:
        **CONTEXT.demands(runs=8, trainings=1),
    params:
        plan=CONTEXT.cures.plan,
        identity=CONTEXT.cures.identity,
    shell:
        "python -m workflows.studies.cures.run {input.records} --look {input.look} --plan {params.plan:q}"
        " --image {input.image} --identity {params.identity:q} --output {output}"
        " --minutes {resources.minutes} --memory-gb {resources.memory} 2>&1 | tee {log}"


use rule cure as cure_on_gpu with:
    wildcard_constraints:
        cure=CONTEXT.cures.on("cuda"),
    resources:
        **CONTEXT.demands(runs=8),
        gpu=1,


rule cures:
    input:
        CONTEXT.cures.outputs,
    localrule: True
