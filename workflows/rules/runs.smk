"""Runs: one job, one fresh interpreter, one record and its trace."""


rule run:
    input:
        code=CONTEXT.code,
        image="results/images/{environment}.json",
        data=CONTEXT.data,
    output:
        record="results/runs/{environment}/{device}/{benchmark}/{configuration}/{variation}/{repeat}.json",
        trace="results/runs/{environment}/{device}/{benchmark}/{configuration}/{variation}/{repeat}.npz",
    params:
        specification=CONTEXT.specification,
        settings=CONTEXT.settings,
    log:
        "results/logs/runs/{environment}/{device}/{benchmark}/{configuration}/{variation}/{repeat}.log",
    resources:
        minutes=CONTEXT.experiment.limits.minutes,
    shell:
        "{PYTHON} -m workflows.launch --run {params.specification:q} --image {input.image}"
        " --output {output.record} --log {log} --minutes {resources.minutes}"
        f" {CONTEXT.memory_option}"
