"""First differences, closely: one job per pair of runs; both run again where they differ."""


rule difference:
    input:
        left=lambda wildcards: map(
            CONTEXT.runs.output, CONTEXT.differences.of(wildcards).left
        ),
        right=lambda wildcards: map(
            CONTEXT.runs.output, CONTEXT.differences.of(wildcards).right
        ),
        images=CONTEXT.differences.images,
        data=CONTEXT.differences.data,
        code=CONTEXT.differences.code,
    output:
        "results/differences/{pair}.json",
    log:
        "results/logs/differences/{pair}.log",
    wildcard_constraints:
        pair=CONTEXT.differences.on("cpu"),
    priority: CONTEXT.order.early("results/differences/{pair}.json")
    resources:
        **CONTEXT.demands(runs=2, trainings=1),
    params:
        noise=CONTEXT.noise,
    # The account is for the log; what went wrong is for the terminal, too.
    shell:
        "python -m workflows.studies.differences.run {input.left} {input.right} --rerun"
        " --image-a {input.images[0]} --image-b {input.images[1]}"
        " --folder results/reruns/{wildcards.pair} --output {output} --noise {params.noise:q}"
        " --minutes {resources.minutes} --memory-gb {resources.memory} 2>&1 > {log} | tee -a {log}"


use rule difference as difference_on_gpu with:
    wildcard_constraints:
        pair=CONTEXT.differences.on("cuda"),
    resources:
        **CONTEXT.demands(runs=2),
        gpu=1,


for NUMBER, (FORM, JOBS) in enumerate(CONTEXT.families.items(), 1):

    rule:
        name:
            f"difference_{NUMBER}_{len(FORM)}"
        input:
            records=CONTEXT.sides(JOBS),
            images=JOBS.images,
            data=JOBS.data,
            code=JOBS.code,
        output:
            expand("results/differences/{look}.json", look=FORM),
        log:
            expand("results/logs/differences/{look}.log", look=FORM),
        wildcard_constraints:
            place=JOBS.on("cpu"),
        priority: CONTEXT.order.early(*expand("results/differences/{look}.json", look=FORM))
        resources:
            **CONTEXT.demands(runs=2 * len(FORM), trainings=1),
        params:
            family=JOBS.plan,
            noise=CONTEXT.noise,
        shell:
            "python -m workflows.studies.differences.family --family {params.family:q} --output {output}"
            " --log {log} --noise {params.noise:q} --minutes {resources.minutes}"
            " --memory-gb {resources.memory} 2>&1 | tee -a {log}"


rule differences_without_gpu:
    """All close looks at runs on a GPU where none is."""
    input:
        plan="results/plan.json",
        records=records_without_gpu(CONTEXT.runs, CONTEXT.differences),
        code=CODE["differences without GPU"],
    output:
        CONTEXT.differences.without_gpu(),
    log:
        "results/logs/differences/without-gpu.log",
    shell:
        "python -m workflows.studies.differences.absent --plan {input.plan} > {log} 2>&1"


rule differences:
    input:
        CONTEXT.differences.outputs,
    localrule: True
