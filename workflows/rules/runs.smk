"""Runs: one job, one fresh interpreter, one record and its trace."""


rule run:
    input:
        image=CONTEXT.image(CONTEXT.run),
        data=CONTEXT.data(CONTEXT.run),
    output:
        record="results/runs/{run}.json",
        trace="results/runs/{run}.npz",
    log:
        "results/logs/runs/{run}.log",
    wildcard_constraints:
        run=CONTEXT.planned_on("cpu"),
    resources:
        **CONTEXT.demands(),
    params:
        specification=lambda wildcards: CONTEXT.run(wildcards).model_dump_json(),
        identity=CONTEXT.identity,
    shell:
        "python -m workflows.runs.launch --run {params.specification:q} --identity {params.identity:q}"
        " --image {input.image}"
        " --output {output.record} --log {log}"
        " --minutes {resources.minutes} --memory-gb {resources.memory}"


use rule run as run_on_gpu with:
    wildcard_constraints:
        run=CONTEXT.planned_on("cuda"),
    resources:
        **CONTEXT.demands(),
        # Never shared with another run: neighbours change what libraries choose.
        gpu=1,
