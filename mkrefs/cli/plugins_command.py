"""``mkrefs plugins`` and ``mkrefs describe``: what is installed, and what a label does."""

import click


@click.command(short_help="List plugins, labels, corrections, combiners and checks.")
def plugins() -> None:
    """List the installed plugins, their labels, corrections of images, combiners and checks."""
    from mkrefs.registry.plugins import load_plugins

    found = load_plugins()
    for origin in found.origins:
        click.echo(f"{origin.plugin} ({origin})")
        for label, where in sorted(found.creator_origins.items()):
            if where == origin:
                creator = found.creators[label]
                click.echo(f"  label {label}: makes {creator.reftype} from {creator.imtypes}")
        for label, where in sorted(found.correction_origins.items()):
            if where == origin:
                click.echo(f"  correction {label}: {_summary(found.corrections[label])}")
        for name, where in sorted(found.combiner_origins.items()):
            if where == origin:
                click.echo(f"  combiner {name}: {_summary(found.combiners[name])}")
        for name, where in sorted(found.check_origins.items()):
            if where == origin:
                click.echo(f"  check {name}: {_summary(found.checks[name])}")


@click.command(short_help="Tell what a label makes, and its parameters.")
@click.argument("label")
def describe(label: str) -> None:
    """Tell what LABEL makes or corrects, from what, and every parameter with its default."""
    from mkrefs.cli.describe_report import description
    from mkrefs.registry.plugins import load_plugins

    click.echo(description(label, load_plugins()))


def _summary(cls: type) -> str:
    return (cls.__doc__ or "").strip().splitlines()[0]
