"""The matrix: every verdict in one table, and the summary that says what failed."""


rule plan:
    output:
        plan="results/plan.json",
        experiment="results/experiment.json",
    log:
        "results/logs/plan.log",
    localrule: True
    params:
        plan=CONTEXT.digest,
        config=CONTEXT.config,
        engine=CONTEXT.plan.engine,
        why=CONTEXT.plan.why,
    shell:
        "python -m workflows.experiment.write_plan --config {params.config:q} --engine {params.engine}"
        " --why {params.why:q} --output {output.plan} 2>&1 | tee {log}"


rule matrix:
    input:
        plan="results/plan.json",
        images=CONTEXT.images,
        records=CONTEXT.runs.outputs,
        differences=CONTEXT.differences.outputs,
        ablations=CONTEXT.ablations.outputs,
        cures=CONTEXT.cures.outputs,
        costs=CONTEXT.costs.outputs,
        code=CODE["matrix"],
    output:
        "results/matrix.json",
    log:
        "results/logs/matrix.log",
    localrule: True
    shell:
        "python -m workflows.matrix.collect --plan {input.plan} 2>&1 | tee {log}"


rule tables:
    input:
        matrix="results/matrix.json",
        code=CODE["tables"],
    output:
        report(
            "results/matrix.csv",
            caption="../report/captions/table.rst",
            category="Matrix",
            labels={"what": "table of all combinations"},
        ),
        "results/matrix.md",
    log:
        "results/logs/tables.log",
    localrule: True
    shell:
        "python -m workflows.matrix.write_tables {input.matrix} 2>&1 | tee {log}"


rule summary:
    """Print the answer, last of all; fail, after everything is written, when a run failed."""
    input:
        matrix="results/matrix.json",
        tables="results/matrix.md",
        report="results/report.html",
    output:
        "results/summary.txt",
    log:
        "results/logs/summary.log",
    localrule: True
    shell:
        "python -m workflows.report.show {input.matrix} --save {output} {log}"
